import { noTracing } from './tracing.ts';

const CALLERS = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('noTracing', () => {
  it("continues a request's trace under a new span, and starts one where there is none", () => {
    const { traceparent } = noTracing.begin('GET /', { kind: 'server', parent: CALLERS });
    expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect(traceparent).not.toBe(CALLERS);
    expect(noTracing.begin('GET /', { kind: 'server', parent: undefined }).traceparent).toMatch(/^00-/);
  });

  it.each(['producer', 'consumer'] as const)(
    'passes the context on unchanged where no span is recorded: %s',
    (kind) => {
      expect(noTracing.begin('send orders', { kind, parent: CALLERS }).traceparent).toBe(CALLERS);
    },
  );

  it.each(['', 'x', CALLERS.replace('00-', 'ff-'), '\u0000'])(
    'starts a trace for a message with the context %j',
    (parent) => {
      expect(noTracing.begin('process orders', { kind: 'consumer', parent }).traceparent).toMatch(
        /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
      );
    },
  );
});
