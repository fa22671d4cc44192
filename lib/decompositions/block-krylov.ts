/**
 * The leading eigenvectors of A = X'X (or XX', whichever is smaller) from a block Krylov space (Golub & Underwood 1977; Musco & Musco 2015,
 * arXiv 1504.05477):
 *
 *     Q = orthonormal basis of [G, A G, A^2 G, ...],  G random, k + 10 columns       Q'A Q = S Theta S'       A Q s_i ~ theta_i Q s_i
 *
 * A block joins at the price of one product with X and one with X'; all of it is orthogonal to rounding, because each new block is projected
 * against all others. When the basis is as wide as it may be it is begun anew with its best k + 10 vectors and the last block (thick
 * restart: Wu & Simon 2000, doi 10.1137/S0895479898334605). A start of k columns or more meets every copy of a repeated value.
 */
import type { DataMatrix } from '../backends/backend.js';
import { paced } from '../core/pace.js';
import { inColumns, split, symmetric, type Panel, type PanelAlgebra } from './panel.js';
import { symmetricEigen, type Eigen } from './symmetric-eigen.js';

/** What is asked of A, and when its eigenvectors are good enough. */
export interface EigenRequest {
  readonly algebra: PanelAlgebra;
  /** A V, for any number of columns. */
  readonly apply: (V: Panel) => Promise<Panel>;
  readonly k: number;
  /** On |A v - theta v|, relative to theta; and to the largest theta, what cannot be told from rounding. */
  readonly tolerance: number;
  readonly rounding: number;
  /** Most products with A. */
  readonly maxIterations: number;
}

export interface EigenVectors {
  /** Rows x k, orthonormal. */
  readonly vectors: Panel;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Columns of a block beyond k. */
const BEYOND = 10;

/** Blocks of the widest basis: eigenvectors of a matrix as wide as it take longer than products where it is wider than this. */
const FEWEST_BLOCKS = 4;
const MOST_BLOCKS = 8;
const MOST_COLUMNS = 480;

const NOTHING: Panel = { values: new Float64Array(0), width: 0 };

export async function blockKrylov(request: EigenRequest): Promise<EigenVectors> {
  const { algebra, k } = request;
  const width = Math.min(algebra.rows, k + BEYOND);
  const most = Math.max(FEWEST_BLOCKS, Math.min(MOST_BLOCKS, Math.floor(MOST_COLUMNS / width)));
  const basis = new Basis(request);
  try {
    let next = await algebra.orthonormal(algebra.normal(width));
    for (let iteration = 1; ; iteration++) {
      const rest = await basis.add(next, await request.apply(next));
      const room = Math.min(width, algebra.rows - basis.width);
      next = room > 0 ? await algebra.orthonormal(split(rest, room)[0], basis.blocks) : NOTHING;
      const eigen = await basis.eigen();
      const residuals = room > 0 ? await basis.residuals(eigen, next, rest) : new Float64Array(k);
      const converged = residuals.every(
        (residual, i) => residual <= Math.max(request.tolerance * eigen.values[i]!, request.rounding * eigen.values[0]!),
      );
      if (converged || iteration === request.maxIterations)
        return { vectors: await basis.vectors(eigen, k), iterations: iteration, converged };
      if (basis.blocks.length >= most) await basis.restart(eigen, width);
    }
  } finally {
    basis.dispose();
  }
}

/** The blocks as matrices, and T = Q'A Q. */
class Basis {
  blocks: DataMatrix[] = [];
  width = 0;
  /** width x width, row-major. */
  #T = new Float64Array(0);

  constructor(readonly request: EigenRequest) {}

  /** Takes in a block and its product W; returns what of W lies outside. */
  async add(block: Panel, W: Panel): Promise<Panel> {
    const { algebra } = this.request;
    this.blocks.push(await algebra.matrixOf(block));
    const shares = await algebra.project(W, this.blocks);
    const [before, width] = [this.width, this.width + block.width];
    const T = new Float64Array(width * width);
    for (let i = 0; i < before; i++) T.set(this.#T.subarray(i * before, (i + 1) * before), i * width);
    for (let i = 0; i < width; i++) {
      for (let a = 0; a < block.width; a++) {
        const share = shares[i * block.width + a]!;
        T[i * width + before + a] = share;
        if (i < before) T[(before + a) * width + i] = share;
      }
    }
    this.#T = T;
    this.width = width;
    return W;
  }

  async eigen(): Promise<Eigen> {
    return paced(symmetricEigen(symmetric(this.#T, this.width), this.width));
  }

  /** |A v - theta v| of the first k: `rest` = `next` R is all of A Q that lies outside of Q, and belongs to the last block. */
  async residuals({ vectors }: Eigen, next: Panel, rest: Panel): Promise<Float64Array> {
    const { algebra, k } = this.request;
    const R = await algebra.cross(next, rest);
    const from = this.width - rest.width;
    return Float64Array.from({ length: k }, (_, i) => {
      let squares = 0;
      for (let b = 0; b < next.width; b++) {
        let sum = 0;
        for (let a = 0; a < rest.width; a++) sum += R[b * rest.width + a]! * vectors[i * this.width + from + a]!;
        squares += sum * sum;
      }
      return Math.sqrt(squares);
    });
  }

  /** Of the `count` largest values. */
  vectors({ vectors }: Eigen, count: number): Promise<Panel> {
    const S = inColumns(vectors, new Float64Array(count).fill(1), this.width);
    return this.request.algebra.combination(this.blocks, S, count);
  }

  async restart(eigen: Eigen, count: number): Promise<void> {
    const best = await this.request.algebra.matrixOf(await this.vectors(eigen, count));
    this.dispose();
    this.blocks = [best];
    this.width = count;
    this.#T = new Float64Array(count * count);
    for (let i = 0; i < count; i++) this.#T[i * count + i] = eigen.values[i]!;
  }

  dispose(): void {
    for (const block of this.blocks) block.dispose();
  }
}
