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
