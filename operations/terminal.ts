/** Prints a line for the operator on standard error. The result goes to standard output. */
export function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

const SAY_EVERY_MS = 5_000;

/** Returns a function that says a text, or does nothing if it said one in the last seconds. */
export function saysNowAndThen(): (text: () => string) => void {
  let saidMs = performance.now();
  return (text) => {
    if (performance.now() < saidMs + SAY_EVERY_MS) return;
    saidMs = performance.now();
    say(text());
  };
}

/** Replaces control characters, which are instructions to a terminal, except line ends. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, '?');
}

/** Replaces all control characters in a text that is printed within a line. */
export function printableLine(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}

/** The message of an error with those of its causes, for example a service's answer. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, cause } = error;
  return `${message || name}${cause instanceof Error ? ` (${textOf(cause)})` : ''}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The lines of a table, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The age of an instant, in its largest unit. */
export function ageText(instant: string): string {
  const seconds = Math.max(1, Math.round((Date.now() - Date.parse(instant)) / 1_000));
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? UNITS[3];
  return `${Math.floor(seconds / size)} ${unit}`;
}
