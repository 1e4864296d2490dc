// Preloaded into the apps: when the launcher is gone without having stopped them, they stop as on SIGTERM.
import { closeSync, openSync } from 'node:fs';

/** Discards the output, which nobody reads any more: otherwise pino would try forever to write its last lines. */
function discardOutput(): void {
  for (const descriptor of [1, 2]) {
    closeSync(descriptor);
    // The system assigns the lowest free descriptor, which is the one just closed.
    openSync('/dev/null', 'w');
  }
}

if (process.channel) {
  process.once('disconnect', () => {
    discardOutput();
    process.kill(process.pid, 'SIGTERM');
  });
  // The channel must not keep an app alive that has finished.
  process.channel.unref();
}
