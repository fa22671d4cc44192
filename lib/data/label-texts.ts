/**
 * How the labels of a target are written, kept beside their numbers while they are few: `2.10` and `2.1`, or `740245381351497731`
 * and its neighbor, are two labels and one number.
 */
import { mapSteps, type Steps } from '../core/pace.js';
import { isCode, printsBack } from './number-cell.js';

/** As many labels can be classes without being asked for; more are not kept. */
const MOST_LABELS = 1000;

export class LabelTexts {
  /** Whether every number prints as it is written. */
  faithful = true;
  /** The first label that means a name more than an amount; see `isCode`. */
  firstCode: { readonly text: string; readonly line: number } | null = null;
  readonly #codes = new Map<string, number>();
  #rows = new Uint16Array(1024);
  #count = 0;
  #kept = true;

  constructor(private readonly parse: (text: string) => number) {}

  add(text: string, line: number): void {
    let code = this.#codes.get(text);
    if (code === undefined) {
      this.#look(text, line);
      if (!this.#kept) return;
      if (this.#codes.size === MOST_LABELS) {
        this.#kept = false;
        this.#rows = new Uint16Array(0);
        return;
      }
      code = this.#codes.size;
      this.#codes.set(text, code);
    }
    if (!this.#kept) return;
    if (this.#count === this.#rows.length) {
      const longer = new Uint16Array(2 * this.#count);
      longer.set(this.#rows);
      this.#rows = longer;
    }
    this.#rows[this.#count++] = code;
  }

  /** Whether they were too many to keep. */
  get lost(): boolean {
    return !this.#kept;
  }

  /** The label of every row as written, or null when they were too many to keep. */
  *written(): Steps<string[] | null> {
    if (!this.#kept) return null;
    const texts = [...this.#codes.keys()];
    return yield* mapSteps(this.#rows.subarray(0, this.#count), (code) => texts[code]!);
  }

  #look(text: string, line: number): void {
    if (this.faithful && !printsBack(text, this.parse(text))) this.faithful = false;
    if (this.firstCode === null && isCode(text)) this.firstCode = { text, line };
  }
}
