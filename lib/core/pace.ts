import { setImmediate as afterEvents } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest stretch, in milliseconds, that JavaScript work of ours holds the event loop. */
const STRETCH = 8;

/** When work of ours began in this turn of the event loop; null while there is none. */
let began: number | null = null;

function beginning(): number {
  if (began === null) {
    began = performance.now();
    afterEvents(() => (began = null));
  }
  return began;
}

/**
 * Lets long loops share the event loop: `if (pace.due) await pace.yield()` inside the loop gives timers, sockets and
 * abort signals their turn about every 8 ms. All of them look at one clock: a hundred fits of a millisecond, one after
 * the other, hold the loop as one of a tenth of a second would.
 */
export class Pace {
  constructor() {
    beginning();
  }

  get due(): boolean {
    return performance.now() - beginning() > STRETCH;
  }

  async yield(): Promise<void> {
    await nextTurn();
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
