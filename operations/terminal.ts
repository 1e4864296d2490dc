/** What others wrote, for a line: control characters mean something to a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}

/** The same of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** A reader that goes, such as `head`, is no reason to leave a work half done. */
export function outliveReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
