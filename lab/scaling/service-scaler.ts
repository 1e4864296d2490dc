import type { Assumptions } from './assumptions.ts';
import type { History } from './history.ts';
import { PolicyWatch, type Proposal } from './policy-watch.ts';
import type { ScaledService } from './scaled-service.ts';
import { parseSchedule, type Due } from './schedule.ts';
import type { ServiceTasks } from './service-tasks.ts';

/** Application Auto Scaling for one service. */
export class ServiceScaler {
  private readonly service: ScaledService;
  private readonly tasks: ServiceTasks;
  private readonly watches: PolicyWatch[];
  private readonly scheduled: { due: Due; min: number | undefined; max: number | undefined }[];
  /** What each target tracking policy last said: for fewer tasks all of them must agree. */
  private readonly last = new Map<PolicyWatch, Proposal>();

  constructor(service: ScaledService, tasks: ServiceTasks, history: History, assumptions: Assumptions) {
    this.service = service;
    this.tasks = tasks;
    this.watches = service.policies.map((policy) => new PolicyWatch(policy, service.name, history, assumptions));
    this.scheduled = service.scheduled.map(({ schedule, min, max }) => ({ due: parseSchedule(schedule), min, max }));
  }

  advance(now: number, clock: Date): void {
    if (clock.getUTCSeconds() === 0)
      for (const action of this.scheduled) if (action.due(clock)) this.tasks.bound(action, now);
    const proposals: [PolicyWatch, Proposal][] = [];
    for (const watch of this.watches) {
      const proposal = watch.proposal(now, this.tasks);
      if (!proposal) continue;
      proposals.push([watch, proposal]);
      this.last.set(watch, proposal);
    }
    if (!this.scaleOut(proposals, now)) this.scaleIn(proposals, now);
  }

  /** The policy that gives the most tasks wins. */
  private scaleOut(proposals: readonly [PolicyWatch, Proposal][], now: number): boolean {
    const before = this.tasks.desired;
    const wanted = Math.max(0, ...proposals.map(([, proposal]) => ('out' in proposal ? proposal.out : 0)));
    if (wanted <= before) return proposals.some(([, proposal]) => 'out' in proposal);
    this.tasks.want(wanted, now);
    for (const [watch, proposal] of proposals)
      if ('out' in proposal && this.tasks.desired > before) watch.followed(proposal, before, now);
    return true;
  }

  private scaleIn(proposals: readonly [PolicyWatch, Proposal][], now: number): void {
    const before = this.tasks.desired;
    const step = proposals.flatMap(([{ policy }, proposal]) =>
      policy.kind === 'step' && 'in' in proposal ? [proposal.in] : [],
    );
    const tracking = this.watches.filter(({ policy }) => policy.kind === 'target-tracking' && policy.scalesIn);
    const asked = tracking.map((watch) => this.last.get(watch) ?? { hold: true as const });
    const agree = asked.length > 0 && asked.every((proposal) => 'in' in proposal);
    const isNew = proposals.some(([, proposal]) => 'in' in proposal);
    const wanted = [
      ...step,
      ...(agree ? [Math.max(...asked.map((proposal) => ('in' in proposal ? proposal.in : before)))] : []),
    ];
    if (!isNew || wanted.length === 0 || Math.max(...wanted) >= before || before <= this.tasks.min) return;
    this.tasks.want(Math.max(...wanted, this.service.min), now);
    for (const watch of this.watches) {
      const proposal = this.last.get(watch);
      if (proposal && 'in' in proposal) watch.followed(proposal, before, now);
      // It has been followed: it is asked anew before it counts again.
      this.last.set(watch, { hold: true });
    }
  }
}
