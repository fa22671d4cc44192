import { setImmediate } from 'node:timers/promises';

/** Longest stretch, in milliseconds, that JavaScript work of ours holds the event loop. */
const STRETCH = 8;

/**
 * Lets long loops share the event loop: `if (pace.due) await pace.yield()` inside the loop gives timers, sockets and
 * abort signals their turn about every 8 ms.
 */
export class Pace {
  #since = performance.now();

  get due(): boolean {
    return performance.now() - this.#since > STRETCH;
  }

  async yield(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}

/** Work written as a generator that yields now and then, done in one go. */
export function atOnce<T>(work: Generator<void, T, undefined>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same work, sharing the event loop. */
export async function paced<T>(work: Generator<void, T, undefined>, pace = new Pace()): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (pace.due) await pace.yield();
  }
}
