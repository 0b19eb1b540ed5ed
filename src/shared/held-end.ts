// The end of a process that something holds: a call to a disk that never answers. Leaving by itself, and process.exit()
// too, waits for such a call for ever; a signal does not.

/** To be called when all is done: a process that still runs after so long (ms) is ended by SIGTERM. */
export function endWhenHeld(ms: number): void {
  setTimeout(() => {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  }, ms).unref();
}
