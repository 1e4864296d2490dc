import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { AppInstance, StreamHealth } from '../../../local/app-instance.ts';
import type { AppName } from '../../../local/apps.ts';
import type { ChaosPipeline } from '../chaos-pipeline.ts';
import type { PersistentCaller } from '../clients/persistent-caller.ts';
import { type Moment, momentText } from './moment.ts';

const DEPLOY_STEP_MS = 60_000;
/** Different bodies that are not commands. */
const MALFORMED_BODIES = [
  'not JSON',
  '{}',
  '{"type":"order.place.v1"}',
  '{"type":"order.place.v1","commandId":"x","orderId":"x","customerId":"x","request":{"lineItems":[]}}',
  '{"type":"order.change.v1","name":"cancelOrder"}',
] as const;

/** The objects of the moments in a schedule. */
interface Cast {
  readonly pipeline: ChaosPipeline;
  readonly caller: PersistentCaller;
  /** Milliseconds since the start of the load. */
  readonly clock: () => number;
}

/** A moment that was played, with its times in milliseconds since the start of the load. */
export interface Happened {
  readonly what: string;
  readonly act: Moment['act'];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Plays a schedule. */
export class SchedulePlayer {
  readonly happened: Happened[] = [];
  /** Ids of the malformed messages. */
  readonly poisonIds: string[] = [];
  private readonly cast: Cast;
  private readonly inflicted = new Set<Extract<Moment, { act: 'calls' }>>();
  private impatient = 0;

  constructor(cast: Cast) {
    this.cast = cast;
  }

  /** Resolves when all moments are over. */
  async play(moments: readonly Moment[]): Promise<void> {
    await Promise.all(moments.map((moment) => this.happen(moment)));
  }

  private async happen(moment: Moment): Promise<void> {
    const { clock } = this.cast;
    await pass(moment.atMs - clock());
    const fromMs = clock();
    const what = await this.act(moment);
    if (what) this.happened.push({ what, act: moment.act, fromMs, untilMs: clock() });
  }

  /** Plays a moment to its end and returns its text; undefined when there was no process. */
  private async act(moment: Moment): Promise<string | undefined> {
    const what = momentText(moment);
    switch (moment.act) {
      case 'calls':
        return this.inflict(moment, what);
      case 'kill':
        return this.instance(moment).signal('SIGKILL') ? what : undefined;
      case 'pause':
        return this.pause(this.instance(moment), moment.forMs);
      case 'pause-owner':
        return this.pauseOwner(moment.forMs);
      case 'shift-clock':
        return this.shiftClock(this.instance(moment), moment.forMs, what);
      case 'deploy':
        return this.deploy(what);
      case 'impatience':
        return this.beImpatient(moment, what);
      case 'poison':
        return this.poison(moment.variant, what);
      default:
        await pass(moment.forMs);
        return what;
    }
  }

  private async inflict(moment: Extract<Moment, { act: 'calls' }>, what: string): Promise<string> {
    this.inflicted.add(moment);
    this.updateProxy();
    await pass(moment.forMs);
    this.inflicted.delete(moment);
    this.updateProxy();
    return what;
  }

  private instance({ app, instance }: { app: AppName; instance: number }): AppInstance {
    return this.cast.pipeline.local.instancesOf(app)[instance - 1]!;
  }

  private updateProxy(): void {
    this.cast.pipeline.proxy.inflict([...this.inflicted].flatMap(({ faults }) => faults));
  }

  private async pause(instance: AppInstance, forMs: number): Promise<string | undefined> {
    const { pid } = instance;
    if (!instance.signal('SIGSTOP')) return undefined;
    await pass(forMs);
    // After a kill, another process runs in its place.
    if (instance.pid === pid) instance.signal('SIGCONT');
    return `SIGSTOP ${instance.name}`;
  }

  private async pauseOwner(forMs: number): Promise<string | undefined> {
    const relays = this.cast.pipeline.local.instancesOf('stream-relay');
    const reads = ({ shards }: StreamHealth): boolean => shards.some(({ isOwn }) => isOwn);
    // A relay that is down or stopped gives no answer, or an answer without shards.
    const owned = await Promise.all(
      relays.map((relay) =>
        relay
          .streamHealth()
          .then(reads)
          .catch(() => false),
      ),
    );
    const owner = relays[owned.indexOf(true)];
    return owner && this.pause(owner, forMs);
  }

  private async shiftClock(instance: AppInstance, forMs: number, what: string): Promise<string | undefined> {
    const { pid } = instance;
    // The signal would kill a process that has just started and does not handle it yet.
    if ((await instance.unreadiness()) !== undefined || !instance.signal('SIGUSR2')) return undefined;
    await pass(forMs);
    if (instance.pid === pid) instance.signal('SIGUSR2');
    return what;
  }

  private async deploy(what: string): Promise<string> {
    for (const instance of this.cast.pipeline.local.instances) {
      const ended = once(instance, 'exit');
      if (!instance.signal('SIGTERM')) continue;
      await Promise.race([ended, pass(DEPLOY_STEP_MS)]);
      await instance.healthy(DEPLOY_STEP_MS).catch(() => undefined);
    }
    return what;
  }

  private async poison(variant: number, what: string): Promise<string> {
    const { clients, aws } = this.cast.pipeline.local;
    const MessageBody = MALFORMED_BODIES[variant % MALFORMED_BODIES.length]!;
    const send = new SendMessageCommand({ QueueUrl: aws.resources.ordersQueueUrl, MessageBody });
    const { MessageId } = await clients.sqs.send(send);
    this.poisonIds.push(MessageId ?? '');
    return what;
  }

  private async beImpatient({ patienceMs, forMs }: { patienceMs: number; forMs: number }, what: string) {
    this.impatient += 1;
    this.cast.caller.patienceMs = patienceMs;
    await pass(forMs);
    this.impatient -= 1;
    if (this.impatient === 0) this.cast.caller.resetPatience();
    return what;
  }
}

async function pass(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms);
}
