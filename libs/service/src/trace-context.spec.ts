import { continueTrace, traceIdOf } from './trace-context.ts';

const CALLERS = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('continueTrace', () => {
  it("keeps the caller's trace id and flags and has a new span id", () => {
    const ours = continueTrace(CALLERS);
    expect(ours).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect(ours).not.toBe(CALLERS);
  });

  it.each([undefined, '', 'x', CALLERS.toUpperCase(), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${CALLERS}\n`])(
    'begins a trace when the caller sent %j',
    (given) => {
      expect(continueTrace(given)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(traceIdOf(given)).toBeUndefined();
    },
  );
});
