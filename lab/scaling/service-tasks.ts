import type { ScaledService } from './scaled-service.ts';

/** The tasks of a service: wanted, starting, running. */
export class ServiceTasks {
  desired: number;
  running: number;
  min: number;
  max: number;
  private readonly service: ScaledService;
  private readonly startSeconds: number;
  /** When those that start will run, the soonest first. */
  private starting: number[] = [];

  constructor(service: ScaledService, startSeconds: number) {
    this.service = service;
    this.startSeconds = startSeconds;
    this.min = service.min;
    this.max = service.max;
    this.desired = service.min;
    this.running = service.min;
  }

  /** Wants so many from now on, within the bounds. Those that have not started yet are the first to be given up. */
  want(tasks: number, now: number): void {
    this.desired = Math.min(Math.max(tasks, this.min), this.max);
    const excess = this.running + this.starting.length - this.desired;
    if (excess > 0) {
      const unstarted = Math.min(excess, this.starting.length);
      this.starting = this.starting.slice(0, this.starting.length - unstarted);
      this.running -= excess - unstarted;
    }
    for (let missing = -excess; missing > 0; missing -= 1) this.starting.push(now + this.startSeconds);
  }

  /** Bounds that a schedule sets; a desired count outside of them follows at once. */
  bound(bounds: { min: number | undefined; max: number | undefined }, now: number): void {
    this.min = bounds.min ?? this.min;
    this.max = bounds.max ?? this.max;
    this.want(this.desired, now);
  }

  advance(now: number): void {
    const before = this.starting.length;
    this.starting = this.starting.filter((at) => at > now);
    this.running += before - this.starting.length;
  }

  /** What is paid for in this second: a task from when it starts. */
  get paid(): { onDemand: number; spot: number } {
    const tasks = this.running + this.starting.length;
    const spot = Math.max(0, tasks - this.service.onDemandBase) * this.service.spotShare;
    return { onDemand: tasks - spot, spot };
  }
}
