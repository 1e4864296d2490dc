/** Closes this process at a signal, or when the launcher that started it is gone. */
export function closeOnSignal(close: () => Promise<unknown>): void {
  let ending = false;
  const end = (exit: () => void): void => {
    if (ending) return;
    ending = true;
    void close().finally(exit);
  };
  const endAlone = (): void => end(() => process.exit(0));
  process.on('SIGTERM', endAlone).on('SIGINT', endAlone);
  process.on('disconnect', () => end(killGroup));
}

/** What a launcher does after a stop, when there is none: it takes along all that this process started. */
function killGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}

/** Reports to the launcher that this process serves now. */
export function reportReady(): void {
  process.send?.('ready');
}
