import type { FastifyInstance } from 'fastify';
import { REPORTS_PATH } from '../http/server.ts';

/** The api's report takes 60 KB when it has counted each status of each route. */
const MAX_REPORT_BYTES = 256 * 1_024;
const MAX_INSTANCES = 16;
const MAX_ID_LENGTH = 200;
const MAX_INCREASES = 1_000;
const MINUTE_MS = 60_000;
const FAILED_STATUS = /^5\d\d$/;

type Attributes = readonly { key: string; value: { stringValue?: string } }[];
interface DataPoint {
  attributes: Attributes;
  startTimeUnixNano: string;
  asDouble: number;
}
/** The part of a report in OTLP that is used here. */
interface Report {
  resourceMetrics: readonly {
    resource: { attributes: Attributes };
    scopeMetrics: readonly { metrics: readonly { name: string; sum?: { dataPoints: readonly DataPoint[] } }[] }[];
  }[];
}

/** Counts the answers of the apis of this machine with a status of 500 or more. They report totals, each 10 s. */
export class FailedAnswers {
  private readonly totals = new Map<string, number>();
  private increases: readonly { atMs: number; by: number }[] = [];

  /** Undefined before an api has reported. */
  inLastMinute(nowMs = Date.now()): number | undefined {
    if (this.totals.size === 0) return undefined;
    const recent = this.increases.filter(({ atMs }) => atMs > nowMs - MINUTE_MS);
    return recent.reduce((sum, { by }) => sum + by, 0);
  }

  /** @throws TypeError if it is no report in OTLP */
  take(report: unknown): void {
    const nowMs = Date.now();
    for (const { resource, scopeMetrics } of (report as Report).resourceMetrics) {
      const instance = attributeOf(resource.attributes, 'service.instance.id');
      const points = scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(failedPoints));
      if (attributeOf(resource.attributes, 'service.name') !== 'api' || instance.length > MAX_ID_LENGTH) continue;
      this.add(instance, points, nowMs);
    }
  }

  private add(instance: string, points: readonly DataPoint[], nowMs: number): void {
    const total = totalOf(points);
    // A process that started before the console has counted answers that may be older than a minute.
    const isOld = ({ startTimeUnixNano }: DataPoint) => Number(startTimeUnixNano) / 1e6 < nowMs - MINUTE_MS;
    const before = this.totals.get(instance) ?? totalOf(points.filter(isOld));
    const by = total < before ? total : total - before;
    if (by > 0) this.increases = [...this.increases, { atMs: nowMs, by }].slice(-MAX_INCREASES);
    this.totals.delete(instance);
    this.totals.set(instance, total);
    for (const oldest of [...this.totals.keys()].slice(0, -MAX_INSTANCES)) this.totals.delete(oldest);
  }
}

/** Receives the reports. Whoever reaches the console on this machine may send one; it changes only this figure. */
export function receiveReports(server: FastifyInstance, failed: Pick<FailedAnswers, 'take'>): void {
  server.post(REPORTS_PATH, { bodyLimit: MAX_REPORT_BYTES }, ({ body }, reply) => {
    void reply.type('application/json');
    try {
      failed.take(body);
      return reply.send('{}');
    } catch {
      return reply.status(400).send('{}');
    }
  });
}

function failedPoints({ name, sum }: { name: string; sum?: { dataPoints: readonly DataPoint[] } }) {
  if (name !== 'HttpRequests') return [];
  return (sum?.dataPoints ?? []).filter(({ attributes, asDouble }) => {
    const isCount = Number.isSafeInteger(asDouble) && asDouble >= 0;
    return isCount && FAILED_STATUS.test(attributeOf(attributes, 'Status'));
  });
}

function attributeOf(attributes: Attributes, name: string): string {
  return String(attributes.find(({ key }) => key === name)?.value.stringValue);
}

function totalOf(points: readonly DataPoint[]): number {
  return points.reduce((sum, { asDouble }) => sum + asDouble, 0);
}
