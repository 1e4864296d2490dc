// Preloaded into the apps: when the launcher was killed and could not stop them, they stop as on SIGTERM.
import { closeSync, openSync } from 'node:fs';

/** No one reads our output any more, and pino would try for ever to write its last lines: let them go nowhere. */
function discardOutput(): void {
  for (const descriptor of [1, 2]) {
    closeSync(descriptor);
    // The lowest free descriptor is taken, so this one is the one just closed.
    openSync('/dev/null', 'w');
  }
}

if (process.channel) {
  process.once('disconnect', () => {
    discardOutput();
    process.kill(process.pid, 'SIGTERM');
  });
  // The channel alone must not keep an app alive that is done.
  process.channel.unref();
}
