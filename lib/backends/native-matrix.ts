/** The data matrix of the native backend: the class of the addon behind the interface of `backend.ts`. */
import {
  checkColumnList,
  checkColumns,
  checkEntries,
  checkFinite,
  checkProduct,
  checkRange,
  checkScale,
  checkSource,
  precisionOf,
} from './arguments.js';
import type {
  ChunkMoments,
  DataMatrix,
  DenseSource,
  MatrixOptions,
  MatrixSource,
  MaybePromise,
  Precision,
  ProductCounts,
  RowRange,
  SparseSource,
} from './backend.js';
import type { Need } from '../core/needs.js';
import type { CompiledCore } from './compiled.js';
import { isFile, refuseFile } from './file-source.js';
import { CONSTANT_ULPS, noFrame, type Frame } from './frame.js';
import { checkFrame, checkSpreads } from './measure-frame.js';
import { call, same } from './native-call.js';
import type { NativeMatrix, NativeSource } from './native-module.js';
import { checkOrder } from './row-order.js';

export class NativeDataMatrix implements DataMatrix {
  readonly counts: ProductCounts;
  readonly offers: readonly Need[];
  /** Of a sparse one. */
  readonly descend?: NonNullable<DataMatrix['descend']>;

  constructor(
    readonly native: NativeMatrix,
    readonly rows: number,
    readonly columns: number,
    readonly precision: Precision,
    readonly frame: Frame,
    source: MatrixSource,
  ) {
    // Columns of a file would be a pass over it each, and moments of its compressed rows need the columns.
    this.offers = !isFile(source) ? ['gram', 'columns'] : source.entries ? [] : ['gram'];
    if (source.kind === 'csr')
      this.descend = (descent) => {
        checkColumnList(descent.columns, columns);
        return call(() => this.native.descend(descent), same);
      };
    this.counts = {
      get multiply() {
        return native.multiplied;
      },
      get multiplyTransposed() {
        return native.multipliedTransposed;
      },
      get gram() {
        return native.grams;
      },
    };
  }

  multiply(W: Float64Array, width: number, range?: RowRange): MaybePromise<Float64Array> {
    const { from, count } = checkRange(range, this.rows);
    checkProduct('W', W, this.columns, width);
    return call(() => this.native.multiply(W, width, from, count), same);
  }

  multiplyTransposed(R: Float64Array, width: number, range?: RowRange): MaybePromise<Float64Array> {
    const { from, count } = checkRange(range, this.rows);
    checkProduct('R', R, count, width);
    return call(() => this.native.multiplyTransposed(R, width, from, count), same);
  }

  gram(scale: Float64Array, stride: number, rows = this.rows): MaybePromise<Float64Array> {
    checkScale(scale, stride, rows, this.rows);
    return call(() => this.native.gram(scale, stride, rows), same);
  }

  gramOf(columns: Uint32Array, scale: Float64Array): MaybePromise<Float64Array> {
    checkColumnList(columns, this.columns);
    checkScale(scale, 1, this.rows, this.rows);
    return call(() => this.native.gramOf(columns, scale), same);
  }

  columnBlock(from: number, count: number): MaybePromise<Float64Array> {
    checkColumns(from, count, this.columns);
    return call(() => this.native.columnBlock(from, count), same);
  }

  moments(origin: Float64Array, mean?: Float64Array, inverseUnit?: Float64Array): MaybePromise<ChunkMoments> {
    return call(() => this.native.moments(origin, mean, inverseUnit), same);
  }

  bytesUnderWay(): MaybePromise<number> {
    return call(() => this.native.bytesUnderWay(), same);
  }

  dispose(): void {
    this.native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Copies `source` before it returns; measuring and framing that take long are left to a thread. */
export function createNativeMatrix(
  core: CompiledCore,
  source: MatrixSource,
  options: MatrixOptions = {},
): MaybePromise<NativeDataMatrix> {
  checkSource(source);
  const { frame = 'standard', columnNames, order } = options;
  const { rows, columns } = source;
  if (order !== undefined) checkOrder(order, rows);
  const given = typeof frame === 'object' ? checkFrame(frame, columns, columnNames) : null;
  const precision = precisionOf(source, options);
  const native = taken(core, source, precision, options);
  const finished = (framed: Frame): NativeDataMatrix =>
    new NativeDataMatrix(native, rows, columns, precision, framed, source);
  const apply = (framed: Frame): MaybePromise<NativeDataMatrix> =>
    call(
      () => native.apply(framed),
      () => finished(framed),
    );
  if (frame === 'none') return finished(noFrame(columns));
  if (given) return apply(given);
  return flat(
    call(
      () => native.measure(CONSTANT_ULPS),
      (measured) => {
        try {
          checkSpreads(measured, columnNames);
        } catch (error) {
          native.dispose();
          throw error;
        }
        return apply(measured);
      },
    ),
  );
}

/** In memory a copy, in a file an open file. */
function taken(core: CompiledCore, source: MatrixSource, precision: Precision, options: MatrixOptions): NativeMatrix {
  if (!isFile(source)) return copied(core, source, precision, options);
  const { name, module, threads, file } = core;
  if (!file) refuseFile(source, name);
  const { rows, columns } = source;
  const described = { ...file(source, options), rows, columns, single: precision === 'float32' };
  return call(() => new module.DataMatrix(described, threads), same) as NativeMatrix;
}

function copied(
  { module, threads }: CompiledCore,
  source: DenseSource | SparseSource,
  precision: Precision,
  { columnNames: names, order, chunkOf }: MatrixOptions,
): NativeMatrix {
  const { values, rows, columns } = source;
  const described = { values, rows, columns, single: precision === 'float32', order, chunkOf };
  try {
    return call(
      () => new module.DataMatrix(source.kind === 'csr' ? { ...described, ...entriesOf(source) } : described, threads),
      same,
    ) as NativeMatrix;
  } catch (error) {
    // The addon has seen while it copied that something is wrong; it knows no names of columns.
    if (source.kind === 'csr') checkEntries(source, precision, names);
    else checkFinite(source.values, columns, precision, names);
    throw error;
  }
}

/** Negative indices become large ones, which the addon refuses. */
function entriesOf({ indptr, indices }: SparseSource): Pick<NativeSource, 'indptr' | 'indices'> {
  const { buffer, byteOffset, length } = indices;
  return { indptr: Float64Array.from(indptr), indices: new Uint32Array(buffer, byteOffset, length) };
}

/** A promise of a promise is one promise already; the types do not know. */
function flat<T>(value: MaybePromise<MaybePromise<T>>): MaybePromise<T> {
  return value as MaybePromise<T>;
}
