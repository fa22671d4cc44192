/** Where the rows of X go when they do not stay in memory. */
import type { MatrixData } from '../matrix-data.js';
import type { Spool } from './spool.js';

export interface RowSink {
  /** For the cells of a table, of which X can be made only when all have been seen. */
  readonly spool: Spool;
  /** Where rows may come before their number is known: drops those that came. `begin` follows the last row then. */
  restart?(): void;
  /** Once, before the first row. Gives what stands for X in memory: its shape, and no numbers. */
  begin(rows: number, columns: number): MatrixData;
  /** A row of zeros, to be filled in by `put`. */
  nextRow(): void;
  put(column: number, value: number): void;
}
