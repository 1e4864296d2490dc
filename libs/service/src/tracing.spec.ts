import { noTracing } from './tracing.ts';

const CALLERS = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('noTracing', () => {
  it("goes on with a request's trace under a span of its own, and begins one where there is none", () => {
    const { traceparent } = noTracing.begin('GET /', { kind: 'server', parent: CALLERS });
    expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect(traceparent).not.toBe(CALLERS);
    expect(noTracing.begin('GET /', { kind: 'server', parent: undefined }).traceparent).toMatch(/^00-/);
  });

  it.each(['producer', 'consumer'] as const)(
    'hands the context on as it is where there is no span to tell: %s',
    (kind) => {
      expect(noTracing.begin('send orders', { kind, parent: CALLERS }).traceparent).toBe(CALLERS);
    },
  );

  it.each(['', 'x', CALLERS.replace('00-', 'ff-'), '\u0000'])(
    'begins a trace for a message with the context %j',
    (parent) => {
      expect(noTracing.begin('process orders', { kind: 'consumer', parent }).traceparent).toMatch(
        /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
      );
    },
  );
});
