import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName } from '../../../local/apps.ts';
import type { PersistentCaller } from '../clients/persistent-caller.ts';
import type { ChaosPipeline } from '../pipeline/chaos-pipeline.ts';
import type { Instance } from '../pipeline/instance.ts';
import type { Poisoner } from '../services/poison.ts';
import { type Moment, momentText } from './moment.ts';

const DEPLOY_STEP_MS = 60_000;

/** Whom the moments of a schedule act on. */
export interface Cast {
  readonly pipeline: ChaosPipeline;
  readonly caller: PersistentCaller;
  readonly poisoner: Poisoner;
  /** Milliseconds since the load began. */
  readonly clock: () => number;
}

/** What happened and when, in milliseconds since the load began. */
export interface Happened {
  readonly what: string;
  readonly act: Moment['act'];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Makes a schedule happen. */
export class SchedulePlayer {
  readonly happened: Happened[] = [];
  private readonly cast: Cast;
  private readonly signal: AbortSignal;
  private readonly inflicted = new Set<Extract<Moment, { act: 'calls' }>>();
  private impatient = 0;

  constructor(cast: Cast, signal: AbortSignal) {
    this.cast = cast;
    this.signal = signal;
  }

  /** Resolves when all of it is over. */
  async play(moments: readonly Moment[]): Promise<void> {
    await Promise.all(moments.map((moment) => this.happen(moment)));
  }

  private async happen(moment: Moment): Promise<void> {
    const { clock } = this.cast;
    await this.pass(moment.atMs - clock());
    if (this.signal.aborted) return;
    const fromMs = clock();
    const what = await this.act(moment);
    if (what) this.happened.push({ what, act: moment.act, fromMs, untilMs: clock() });
  }

  /** What was done, once it is over; undefined when there was nobody to do it to. */
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
        await this.cast.poisoner.send(moment.variant);
        return what;
      default:
        await this.pass(moment.forMs);
        return what;
    }
  }

  private async inflict(moment: Extract<Moment, { act: 'calls' }>, what: string): Promise<string> {
    this.inflicted.add(moment);
    this.tellProxy();
    await this.pass(moment.forMs);
    this.inflicted.delete(moment);
    this.tellProxy();
    return what;
  }

  private instance({ app, instance }: { app: AppName; instance: number }): Instance {
    return this.cast.pipeline.instancesOf(app)[instance - 1]!;
  }

  private tellProxy(): void {
    this.cast.pipeline.proxy.inflict([...this.inflicted].flatMap(({ faults }) => faults));
  }

  private async pause(instance: Instance, forMs: number): Promise<string | undefined> {
    const { pid } = instance.process;
    if (!instance.signal('SIGSTOP')) return undefined;
    await this.pass(forMs);
    // Killed meanwhile, there is another one, which runs.
    if (instance.process.pid === pid) instance.signal('SIGCONT');
    return `SIGSTOP ${instance.name}`;
  }

  private async pauseOwner(forMs: number): Promise<string | undefined> {
    const relays = this.cast.pipeline.instancesOf('stream-relay');
    const owned = await Promise.all(relays.map((relay) => relay.ownsShard()));
    const owner = relays[owned.indexOf(true)];
    return owner && this.pause(owner, forMs);
  }

  private async shiftClock(instance: Instance, forMs: number, what: string): Promise<string | undefined> {
    const { pid } = instance.process;
    // One that begins only now would die of the signal: it does not listen yet.
    if (!(await this.isUp(instance)) || !instance.signal('SIGUSR2')) return undefined;
    await this.pass(forMs);
    if (instance.process.pid === pid) instance.signal('SIGUSR2');
    return what;
  }

  private async isUp(instance: Instance): Promise<boolean> {
    return instance.ready(AbortSignal.any([this.signal, AbortSignal.timeout(1_000)])).then(
      () => true,
      () => false,
    );
  }

  private async deploy(what: string): Promise<string> {
    for (const instance of this.cast.pipeline.instances) {
      const ended = new Promise<void>((resolve) => instance.process.once('exit', () => resolve()));
      if (!instance.signal('SIGTERM')) continue;
      const bound = AbortSignal.any([this.signal, AbortSignal.timeout(DEPLOY_STEP_MS)]);
      await Promise.race([ended, this.pass(DEPLOY_STEP_MS)]);
      await instance.ready(bound).catch(() => undefined);
      if (this.signal.aborted) break;
    }
    return what;
  }

  private async beImpatient({ patienceMs, forMs }: { patienceMs: number; forMs: number }, what: string) {
    this.impatient += 1;
    this.cast.caller.patienceMs = patienceMs;
    await this.pass(forMs);
    this.impatient -= 1;
    if (this.impatient === 0) this.cast.caller.resetPatience();
    return what;
  }

  private async pass(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.signal }).catch(() => undefined);
  }
}
