import { afterEvents, nextTurn } from './turn.js';

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

/** Work that yields now and then, so that whoever drives it can share the event loop. */
export type Steps<T> = Generator<void, T, undefined>;

/** Rows looked at between two yields: below a millisecond, whatever is done with a row. */
export const STRIDE = 4096;

/** Whether a loop over rows yields after this one. */
export function endsStride(row: number): boolean {
  return row % STRIDE === STRIDE - 1;
}

/** The first value that does not fit, or -1. */
export function* findSteps<T>(values: ArrayLike<T>, bad: (value: T) => boolean): Steps<number> {
  for (let i = 0; i < values.length; i++) {
    if (bad(values[i]!)) return i;
    if (endsStride(i)) yield;
  }
  return -1;
}

export function* mapSteps<T, U>(values: ArrayLike<T>, to: (value: T) => U): Steps<U[]> {
  const mapped: U[] = [];
  for (let i = 0; i < values.length; i++) {
    mapped.push(to(values[i]!));
    if (endsStride(i)) yield;
  }
  return mapped;
}

/** Work done in one go. */
export function atOnce<T>(work: Steps<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same work, sharing the event loop. */
export async function paced<T>(work: Steps<T>, pace = new Pace()): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (pace.due) await pace.yield();
  }
}
