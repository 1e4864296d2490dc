import { styleText } from 'node:util';

/** Writes one line of a named process. */
export type WriteLine = (name: string, line: string) => void;

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'gray'] as const;

/** Lines as `name | line`, empty ones left out; on a terminal every name has a colour of its own. */
export function lineLog(stream: NodeJS.WriteStream): WriteLine {
  const names: string[] = [];
  return (name, line) => {
    if (line.trim() === '') return;
    if (!names.includes(name)) names.push(name);
    const colour = COLOURS[names.indexOf(name) % COLOURS.length]!;
    stream.write(`${styleText(colour, `${name} |`, { stream })} ${line}\n`);
  };
}
