import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyNode, PackedPackage } from '../../../test/harness/packed-package.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');

describe('the package fargate-orders-events', () => {
  const packed = new PackedPackage('pack:order-events', 'fargate-orders-events-1.0.0.tgz');

  beforeAll(() => packed.install());

  afterAll(() => packed.remove());

  it('passes the checks of publint and arethetypeswrong', () => {
    const { publint, types } = packed.checked('--exclude-entrypoints', './schemas/*');
    expect(publint).toContain('All good!');
    expect(types).toMatch(/node16 \(from ESM\).*🟢 \(ESM\)/);
  });

  it('contains nothing that needs another package', () => {
    expect(packed.installed).toEqual({
      'fargate-orders-events': expect.not.objectContaining({ dependencies: expect.anything() }),
    });
  });

  it('runs the example of its README, compiled strictly, on every Node of this machine', () => {
    const [, example = ''] = /```ts\n(.*?)```/s.exec(read('README.md')) ?? [];
    packed.write('example.ts', example);
    packed.compileStrictly('example.ts');
    const event = read('../../orders/schemas/examples/order.shipped.v1.json');
    const script = `
      import { store, takeMessage } from './example.js';
      import schema from 'fargate-orders-events/schemas/order.shipped.v1.schema.json' with { type: 'json' };
      await takeMessage(${JSON.stringify(event)});
      console.log(JSON.stringify([store.state, schema.title]));`;
    packed.write('run.js', script);
    const { subject } = JSON.parse(event) as { subject: string };
    for (const node of everyNode()) {
      expect(JSON.parse(packed.run(node, ['run.js']))).toEqual([{ [subject]: 'SHIPPED' }, 'ShippedEvent']);
    }
  });
});
