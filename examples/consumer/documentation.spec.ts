import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const page = read('../../docs/consuming-events.md');
const blocks = (language: string) =>
  [...page.matchAll(RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);

describe('docs/consuming-events.md', () => {
  it('shows the code as it is here, with the name that the package has outside', () => {
    const files = [
      '../inventory/reserved-goods.ts',
      'sql-store.ts',
      'order-copy.ts',
      'dynamodb-store.ts',
      '../inventory/forget-orders.ts',
    ];
    const { name } = JSON.parse(read('../../libs/order-events/package/package.json')) as { name: string };
    expect(blocks('ts')).toEqual(files.map((file) => read(file).replace('#libs/order-events', name)));
  });

  it('shows an event as it is among the examples', () => {
    const example = JSON.parse(read('../../libs/orders/schemas/examples/order.fulfillment_started.v1.json'));
    expect(JSON.parse(blocks('json')[0] ?? '')).toEqual(example);
  });

  it('shows a statement that keeps the newest row', () => {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE order_copies (order_id text PRIMARY KEY, version integer, status text)');
    const statement = database.prepare((blocks('sql')[0] ?? '').replaceAll('$', '?'));
    const counts = [2, 1, 2, 3].map((version) => Number(statement.run('o', version, `v${version}`).changes));
    expect(counts).toEqual([1, 0, 0, 1]);
    expect(database.prepare('SELECT status FROM order_copies').all()).toMatchObject([{ status: 'v3' }]);
  });
});
