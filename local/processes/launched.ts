/** Closes this process at a signal, or when the launcher that started it is gone. */
export function closeOnSignal(close: () => Promise<unknown>): void {
  let ending = false;
  const end = (exit: () => void): void => {
    if (ending) return;
    ending = true;
    void close().finally(exit);
  };
  const exit = (): void => end(() => process.exit(0));
  process.on('SIGTERM', exit).on('SIGINT', exit);
  process.on('disconnect', () => end(killGroup));
}

/** Kills all that this process started, as its launcher would do after a stop. */
function killGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}

/** Reports to the launcher that this process is ready. */
export function reportReady(): void {
  process.send?.('ready');
}
