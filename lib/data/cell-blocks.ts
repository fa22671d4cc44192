/** The cells of a table as they come in, row by row: numbers, or codes of categories, in blocks that never move. */
import type { Steps } from '../core/pace.js';
import type { Spool } from './convert/spool.js';

const BLOCK_VALUES = 64 * 1024;
const VALUES_BETWEEN_YIELDS = 16 * 1024;

export class CellBlocks {
  rows = 0;
  /** Where the newest row is: `block[start]` is its first cell. */
  block = new Float64Array(0);
  start = 0;
  readonly #blocks: Float64Array[] = [];
  readonly #rowsOfBlock: number;

  /** The block that was read back from the spool, and which one it is. */
  readonly #back: { block: Float64Array; at: number } = { block: new Float64Array(0), at: -1 };

  /** @param spool takes all blocks but the newest; without it they stay in memory */
  constructor(
    readonly width: number,
    private readonly spool?: Spool,
  ) {
    this.#rowsOfBlock = Math.max(1, Math.floor(BLOCK_VALUES / width));
  }

  /** Whether the next row begins a block, which takes memory. */
  get full(): boolean {
    return this.rows % this.#rowsOfBlock === 0;
  }

  addRow(): void {
    if (this.full && this.spool && this.rows > 0) this.spool.add(this.block);
    else if (this.full) {
      this.block = new Float64Array(this.#rowsOfBlock * this.width);
      this.#blocks.push(this.block);
    }
    this.start = (this.rows++ % this.#rowsOfBlock) * this.width;
  }

  /**
   * @param visit gets the block of a row and where the row begins in it
   * @param used blocks are given away behind it, and can be visited no more
   */
  *eachRow(visit: (block: Float64Array, start: number, row: number) => void, used = false): Steps<void> {
    const stride = Math.max(1, Math.floor(VALUES_BETWEEN_YIELDS / this.width));
    for (let row = 0; row < this.rows; row++) {
      const at = Math.floor(row / this.#rowsOfBlock);
      visit(this.#blockAt(at), (row % this.#rowsOfBlock) * this.width, row);
      if (used && !this.spool && (row + 1) % this.#rowsOfBlock === 0) this.#blocks[at] = new Float64Array(0);
      if (row % stride === stride - 1) yield;
    }
  }

  /** One column, row after row, until `visit` says false. */
  *eachCell(column: number, visit: (cell: number, row: number) => boolean | void): Steps<void> {
    for (let row = 0; row < this.rows; row++) {
      const block = this.#blockAt(Math.floor(row / this.#rowsOfBlock));
      if (visit(block[(row % this.#rowsOfBlock) * this.width + column]!, row) === false) return;
      if (row % VALUES_BETWEEN_YIELDS === VALUES_BETWEEN_YIELDS - 1) yield;
    }
  }

  #blockAt(at: number): Float64Array {
    const { spool, block } = this;
    if (!spool) return this.#blocks[at]!;
    if (at === Math.ceil(this.rows / this.#rowsOfBlock) - 1) return block;
    const back = this.#back;
    if (back.at !== at) {
      if (back.at < 0) back.block = new Float64Array(block.length);
      spool.read(at, back.block);
      back.at = at;
    }
    return back.block;
  }
}
