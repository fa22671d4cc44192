/**
 * The inverse of the input factor with something added to its diagonal, kept while it serves: to factorize some hundred columns takes longer than
 * the rest of an iteration on few rows, and what is added changes little from one iteration to the next.
 */
import type { MaybePromise } from '../backends/backend.js';
import type { Objective } from '../core/objective.js';
import { meanDiagonal, shiftDiagonal } from './diagonal.js';
import { sketchSolver, type InputSketch } from './input-sketch.js';

/** The input factor of a metric; plain arrays. */
export interface InputFactor {
  /** (columns + 1) x (columns + 1), and in its place for wide data a sketch of it. */
  inputFactor: Float64Array | null;
  sketch: InputSketch | null;
  /** What was added to its diagonal when it was factorized last; null after it was formed anew. */
  added: Float64Array | null;
}

/** Overwrites a block of some columns by the inverse times it. */
export type BlockSolver = (block: Float64Array, width: number) => MaybePromise<void>;

interface Kept {
  readonly added: Float64Array;
  readonly solve: BlockSolver;
  /** The memory of the factorization: new pages take as long as that. */
  readonly room: Float64Array | null;
}

/** Of states in use: one that was stored has none, and makes it anew of the numbers that it was made of. */
const kept = new WeakMap<InputFactor, Kept>();

/**
 * By how many times as much or as little may be added before it is factorized anew, of so many columns and more. Measured on ten data sets, linear
 * and networks: up to 4 no more iterations. Fewer columns take no time.
 */
const NEAR = 2;
const MANY = 256;

/** @param added positive */
export async function inputSolver(state: InputFactor, added: Float64Array, objective: Objective): Promise<BlockSolver> {
  if (!state.added || added.length < MANY || !isNear(state.added, added)) state.added = added;
  const last = kept.get(state);
  if (last?.added === state.added) return last.solve;
  const made = state.sketch
    ? { solve: await sketchSolver(objective, state.sketch, state.added), room: null, definite: true }
    : await factorize(state.inputFactor!, state.added, objective, last?.room ?? null);
  const { solve, room } = made;
  kept.set(state, { added: state.added, solve, room });
  // What stands for a factor that is none is no better for having served.
  if (!made.definite) state.added = null;
  return solve;
}

function isNear(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, i) => value <= NEAR * b[i]! && b[i]! <= NEAR * value);
}

async function factorize(A: Float64Array, added: Float64Array, { matrices }: Objective, room: Float64Array | null) {
  const L = room?.length === A.length ? room : new Float64Array(A.length);
  L.set(A);
  const definite = await addAndFactorize(L, added, matrices);
  const solve: BlockSolver = (block, width) => matrices.solveLeft(L, added.length, block, width);
  return { solve, room: L, definite };
}

/** Cholesky of A + diag(added), in place. @returns as `positiveDefinite` */
export async function addAndFactorize(
  A: Float64Array,
  added: Float64Array,
  matrices: Objective['matrices'],
): Promise<boolean> {
  const n = added.length;
  const mean = meanDiagonal(A, n);
  added.forEach((value, i) => (A[i * n + i] = A[i * n + i]! + value));
  return positiveDefinite(A, n, mean, matrices.cholesky);
}

/** Cholesky in place; a factor that rounding or dead units left indefinite becomes a multiple of the identity. @returns whether it was not */
export async function positiveDefinite(
  F: Float64Array,
  n: number,
  mean: number,
  cholesky: Objective['matrices']['cholesky'],
): Promise<boolean> {
  if (await cholesky(F, n)) return true;
  F.fill(0);
  shiftDiagonal(F, n, Math.sqrt(Math.max(mean, 1e-300)));
  return false;
}
