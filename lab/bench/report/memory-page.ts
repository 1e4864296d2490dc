import { BLUE, GREEN, ORANGE } from '../../charts/colors.ts';
import { chartSvg } from '../../charts/line-chart.ts';
import { escaped, page } from '../../charts/page.ts';
import type { Soak } from '../soak.ts';

const COLORS: Readonly<Record<Soak['name'], string>> = { api: BLUE, worker: ORANGE, 'stream-relay': GREEN };

/** A page that shows the services' memory by orders done. */
export function memoryPage(services: readonly Soak[], caption: string): string {
  const looks = services.flatMap(({ rssMb }) => rssMb.map(({ orders }) => orders));
  const [first, last] = [Math.min(...looks), Math.max(...looks)];
  const chart = chartSvg({
    title: 'Resident memory by orders done, MB',
    lines: services.map(({ name, rssMb }) => ({ name, color: COLORS[name], values: rssMb.map((look) => look.rssMb) })),
    along: (part) => `${Math.round((first + part * (last - first)) / 1_000)}k`,
    format: String,
  });
  return page('Memory of the services', ['<h1>Memory of the services</h1>', `<p>${escaped(caption)}</p>`, chart]);
}
