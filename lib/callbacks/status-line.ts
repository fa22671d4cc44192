import { clearLine, cursorTo } from 'node:readline';
import type { Writable } from 'node:stream';

/** `process.stderr`, or any other stream: one that is no terminal gets whole lines, and fewer of them. */
export type StatusStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };

const TERMINAL_INTERVAL = 100;
const LINE_INTERVAL = 5000;

/** One line about what is going on, rewritten in place on a terminal, otherwise a new line every 5 seconds. */
export class StatusLine {
  readonly #interval: number;
  #last: number;
  #shown = false;

  constructor(readonly stream: StatusStream) {
    this.#interval = stream.isTTY ? TERMINAL_INTERVAL : LINE_INTERVAL;
    // The first change shows at once on a terminal; elsewhere a short job leaves no line at all.
    this.#last = stream.isTTY ? -Infinity : performance.now();
  }

  /** Whether enough time has passed for another text; `show` may be called without asking. */
  get due(): boolean {
    return performance.now() - this.#last >= this.#interval;
  }

  /** Characters that a line of the terminal takes; a terminal that does not know its size says 0. */
  get width(): number {
    return (this.stream.columns || 80) - 1;
  }

  show(text: string): void {
    this.#last = performance.now();
    const { stream } = this;
    if (!stream.isTTY) {
      stream.write(`${text}\n`);
      return;
    }
    cursorTo(stream, 0);
    stream.write(text.slice(0, this.width));
    clearLine(stream, 1);
    this.#shown = true;
  }

  /** Leaves a terminal as if the line had never been there; the next text shows at once again. */
  clear(): void {
    if (!this.#shown) return;
    cursorTo(this.stream, 0);
    clearLine(this.stream, 0);
    this.#shown = false;
    this.#last = -Infinity;
  }
}
