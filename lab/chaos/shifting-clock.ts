// Preloaded into the apps: at each SIGUSR2 the wall clock of the process jumps by CLOCK_SHIFT_MS, or back.
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
let shifted = false;

const realNow = Date.now;
Date.now = (): number => realNow() + (shifted ? shiftMs : 0);

/** A date without arguments is the clock's time. */
globalThis.Date = new Proxy(Date, {
  construct: (target, given: unknown[], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [Date.now()] : given, newTarget) as Date,
  apply: () => new Date().toString(),
});

process.on('SIGUSR2', () => (shifted = !shifted));
