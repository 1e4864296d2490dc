import type { MetricDocument } from './metric-document.ts';
import { metricFields } from './metric-fields.ts';

/** Takes what is told at a time; an answer that is waited for is waited for at the end only. */
export type MetricOutput = (documents: readonly MetricDocument[]) => void | Promise<void>;
type Lines = (documents: readonly MetricDocument[]) => void;

/** For CloudWatch, a line for each document. What makes them takes 8 MB, so it is loaded by those who want them. */
export async function embeddedMetricOutput(namespace: string, write: (line: string) => void): Promise<Lines> {
  const { embeddedMetric } = await import('./embedded-metric.ts');
  return (documents) => documents.forEach((document) => write(`${embeddedMetric(namespace, document)}\n`));
}

/** For people, all of it in one line of the log. */
export function logOutput(log: (fields: Record<string, unknown>) => void): Lines {
  return (documents) => log(metricFields(documents));
}
