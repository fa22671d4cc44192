/**
 * Panels: matrices of many rows and few columns, row-major, whose algebra is products of a `DataMatrix` made of one. So it runs where products
 * with X run, on the threads of the backend, with the same bits for any number of them.
 */
import type { Backend, DataMatrix } from '../backends/backend.js';
import { PlanesearchError } from '../core/errors.js';
import { Pace, paced } from '../core/pace.js';
import type { Random } from '../core/random.js';
import { symmetricEigen, type Eigen } from './symmetric-eigen.js';

export interface Panel {
  /** Row-major, rows x `width`. */
  readonly values: Float64Array;
  readonly width: number;
}

/** Least eigenvalue of X' X for columns X of length 1 with which they are taken for independent. */
const INDEPENDENT = 1e-6;

export class PanelAlgebra {
  readonly #pace = new Pace();

  /** @param rows of every panel */
  constructor(
    readonly backend: Backend,
    readonly rows: number,
    readonly random: Random,
  ) {}

  /** The caller disposes of it. */
  async matrixOf({ values, width }: Panel): Promise<DataMatrix> {
    const { rows } = this;
    return this.backend.matrix({ kind: 'dense', values, rows, columns: width }, { frame: 'none' });
  }

  normal(width: number): Panel {
    return { values: Float64Array.from({ length: this.rows * width }, () => this.random.normal()), width };
  }

  /** P S for an (own width) x `width` matrix S. */
  async times(P: Panel, S: Float64Array, width: number): Promise<Panel> {
    const matrix = await this.matrixOf(P);
    const values = await matrix.multiply(S, width);
    matrix.dispose();
    return { values, width };
  }

  /** P'Q, row-major. */
  async cross(P: Panel, Q: Panel): Promise<Float64Array> {
    const matrix = await this.matrixOf(P);
    const product = await matrix.multiplyTransposed(Q.values, Q.width);
    matrix.dispose();
    return product;
  }

  /** sum_j B_j S_j for panels B_j that are matrices, the S_j lying one below the other in S. */
  async combination(basis: readonly DataMatrix[], S: Float64Array, width: number): Promise<Panel> {
    const values = new Float64Array(this.rows * width);
    let from = 0;
    for (const block of basis) {
      const part = await block.multiply(S.subarray(from * width, (from + block.columns) * width), width);
      this.backend.vectors.axpy(1, part, values);
      if (this.#pace.due) await this.#pace.yield();
      from += block.columns;
    }
    return { values, width };
  }

  /** Q - sum_j B_j (B_j' Q), in place; returns all B_j' Q, one below the other. */
  async project(Q: Panel, basis: readonly DataMatrix[]): Promise<Float64Array> {
    const shares: Float64Array[] = [];
    for (const block of basis) {
      const share = await block.multiplyTransposed(Q.values, Q.width);
      const part = await block.multiply(share, Q.width);
      this.backend.vectors.axpy(-1, part, Q.values);
      if (this.#pace.due) await this.#pace.yield();
      shares.push(share);
    }
    return Float64Array.from(shares.flatMap((share) => [...share]));
  }

  /**
   * As many orthonormal columns, orthogonal to `basis`, whose span contains what the panel has beyond rounding; random ones where it has less.
   * In rounds: columns W are scaled to length 1, and those combinations W u taken whose square length, an eigenvalue of W'W, is not near 0.
   */
  async orthonormal(panel: Panel, basis: readonly DataMatrix[] = []): Promise<Panel> {
    const found: DataMatrix[] = [];
    const parts: Panel[] = [];
    let rest: Panel = { values: panel.values.slice(), width: panel.width };
    try {
      while (rest.width > 0) {
        this.#toUnitLength(rest);
        const others = [...basis, ...found];
        // What is nearly within their span has little left but rounding, which the second pass sees scaled up.
        for (let pass = 0; pass < 2 && others.length > 0; pass++) {
          await this.project(rest, others);
          this.#toUnitLength(rest);
        }
        const { values, vectors } = await this.#eigenOfGram(rest);
        const count = values.filter((value) => value >= INDEPENDENT).length;
        const scales = values.map((value, i) => (i < count ? 1 / Math.sqrt(value) : 1));
        const [taken, left] = split(await this.times(rest, inColumns(vectors, scales), rest.width), count);
        parts.push(await this.#cleaned(taken, others));
        rest = left;
        if (rest.width > 0) found.push(await this.matrixOf(parts.at(-1)!));
      }
    } finally {
      for (const matrix of found) matrix.dispose();
    }
    return beside(parts);
  }

  /** Nearly orthonormal columns made so to the last digits: Q (Q'Q)^(-1/2). */
  async #cleaned(Q: Panel, basis: readonly DataMatrix[]): Promise<Panel> {
    await this.project(Q, basis);
    const { values, vectors } = await this.#eigenOfGram(Q);
    const n = Q.width;
    const root = new Float64Array(n * n);
    values.forEach((value, i) => {
      for (let a = 0; a < n; a++)
        for (let b = 0; b < n; b++) root[a * n + b]! += (vectors[i * n + a]! * vectors[i * n + b]!) / Math.sqrt(value);
    });
    return this.times(Q, root, n);
  }

  async #eigenOfGram(P: Panel): Promise<Eigen> {
    return paced(symmetricEigen(symmetric(await this.cross(P, P), P.width), P.width), this.#pace);
  }

  /** In place; a column of zeros becomes a random one. */
  #toUnitLength({ values, width }: Panel): void {
    const squares = new Float64Array(width);
    for (let e = 0; e < values.length; e++) squares[e % width]! += values[e]! ** 2;
    for (let a = 0; a < width; a++) {
      if (squares[a]! > 0) continue;
      for (let e = a; e < values.length; e += width) squares[a]! += (values[e] = this.random.normal()) ** 2;
    }
    const scales = squares.map((square) => 1 / Math.sqrt(square));
    for (let e = 0; e < values.length; e++) values[e] = values[e]! * scales[e % width]!;
  }
}

/** Also of numbers whose squares are not. */
export function requireFinite(values: Float64Array): Float64Array {
  let sum = 0;
  for (let e = 0; e < values.length; e++) sum += values[e]! * values[e]! * 0;
  if (sum === 0) return values;
  const sentence = 'The products with X must be finite, but they overflow: scale the columns of X.';
  throw new PlanesearchError('INVALID_DATA', sentence);
}

/** (A + A') / 2 for what is symmetric but for rounding. */
export function symmetric(A: Float64Array, n: number): Float64Array {
  return A.map((_, e) => 0.5 * (A[e]! + A[(e % n) * n + Math.floor(e / n)]!));
}

/** The rows as columns, each times its scale; the first ones where there are more rows than scales. */
export function inColumns(rows: Float64Array, scales: ArrayLike<number>, n = scales.length): Float64Array {
  const width = scales.length;
  return Float64Array.from(
    { length: n * width },
    (_, e) => scales[e % width]! * rows[(e % width) * n + Math.floor(e / width)]!,
  );
}

/** The first `count` columns, and the others. */
export function split({ values, width }: Panel, count: number): [Panel, Panel] {
  const part = (from: number, own: number): Panel => {
    const rows = values.length / width;
    const out = new Float64Array(rows * own);
    for (let e = 0; e < out.length; e++) out[e] = values[Math.floor(e / own) * width + from + (e % own)]!;
    return { values: out, width: own };
  };
  if (count === width)
    return [
      { values, width },
      { values: new Float64Array(0), width: 0 },
    ];
  return [part(0, count), part(count, width - count)];
}

/** Columns of one panel behind those of another. */
function beside(parts: readonly Panel[]): Panel {
  if (parts.length === 1) return parts[0]!;
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const rows = parts[0]!.values.length / parts[0]!.width;
  const values = new Float64Array(rows * width);
  let from = 0;
  for (const part of parts) {
    for (let e = 0; e < part.values.length; e++)
      values[Math.floor(e / part.width) * width + from + (e % part.width)] = part.values[e]!;
    from += part.width;
  }
  return { values, width };
}
