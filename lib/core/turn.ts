/** The next turn of the event loop, wherever this runs: browsers have no `setImmediate`, and their timers wait for at least 4 ms. */

/** Calls `work` after the events that wait. */
export const afterEvents: (work: () => void) => void =
  typeof globalThis.setImmediate === 'function' ? globalThis.setImmediate : byMessage();

function byMessage(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  (port1 as unknown as { onmessage: () => void }).onmessage = () => waiting.shift()?.();
  return (work) => {
    waiting.push(work);
    port2.postMessage(null);
  };
}

/** Waits until the events that wait have had their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => afterEvents(resolve));
}
