/**
 * What goes from rank to rank: plain objects with numbers, texts and typed arrays, in the format of structured clone. All ranks run the
 * same version on machines of the same byte order, which is compared when they meet.
 */
import { deserialize, serialize } from 'node:v8';
import type { Chunked, Precision, RowRange } from '../backends/backend.js';
import type { Frame } from '../backends/frame.js';
import type { FilePart } from '../data/file-part.js';
import type { LoadedTable, LoadOptions } from '../data/load.js';
import type { Architecture } from '../networks/network.js';
import type { Cuts } from './recut.js';

/** Rows of a source in the order in which a matrix has them; all of them as they come when null. */
export type RowOrder = Uint32Array | null;

/** A file, or a part of one. */
export type PartFile = string | FilePart;

export interface PartToLoad {
  readonly file: PartFile;
  /** Likewise the file of its labels, where they have one. */
  readonly labels: FilePart | null;
  readonly options: LoadOptions;
}

/** Bytes [from, to). */
export interface FileSpan {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export interface LineMark {
  readonly path: string;
  readonly from: number;
  /** Whether the byte before lies within quotes; null where quotes mean nothing. */
  readonly quoted: boolean | null;
}

/** What is told of a file that was read as a part. */
export interface Shard extends Pick<LoadedTable<boolean>, 'target' | 'schema' | 'notices' | 'incompleteRows'> {
  readonly rows: number;
  readonly columns: number;
  readonly columnNames: readonly string[] | undefined;
  readonly numbers: number;
  readonly sparse: boolean;
  readonly precision: Precision;
}

/** Numbers of the rows of one part of a tracked loss, which are a range of that part of the matrix. */
export interface PartRows {
  readonly range: RowRange;
  readonly targets: Float64Array;
  readonly offsets: Float64Array | undefined;
  readonly sampleWeights: Float64Array | undefined;
  /** Of these rows in the sample; may be none. */
  readonly sample: number;
  /** Where the parts are chunks of X, while the sample is all rows: their weight, and the share that the part tells of it; the shares add up to 1. */
  readonly chunk: { readonly totalWeight: number; readonly share: number } | null;
}

/**
 * Every call of rank 0. `matrix` and `loss` are numbers that rank 0 gives out; `samples` and the like have one number a part. What is
 * marked "by part" goes to the rank that holds the part, all else to all.
 */
export type Command =
  /** By part: `MatrixSource`. */
  | { readonly op: 'hold'; readonly source: number }
  /** By part: `PartToLoad`; parts of the source that are there already stay. Answers with a `Shard` of each. */
  | { readonly op: 'load'; readonly source: number }
  /** By part: `FileSpan`, whose quotes are counted. */
  | { readonly op: 'quotes' }
  /** By part: `LineMark`. Answers where the first line from there on begins. */
  | { readonly op: 'lineStarts' }
  /** Rows are dealt anew. */
  | { readonly op: 'recut'; readonly source: number; readonly from: Cuts; readonly to: Cuts }
  /** Columns that the rows of some parts do not name are zero. */
  | { readonly op: 'widen'; readonly source: number; readonly columns: number }
  | { readonly op: 'release'; readonly source: number }
  /** By part: `RowOrder`. */
  | {
      readonly op: 'arrange';
      readonly matrix: number;
      readonly source: number;
      readonly columns: number;
      readonly precision: Precision;
      readonly chunkOf: Chunked | null;
    }
  | { readonly op: 'measure'; readonly matrix: number }
  /** Of chunks: the first row of each; then their `ChunkMoments`, sums and the longest of each. */
  | { readonly op: 'firstRows'; readonly matrix: number }
  | {
      readonly op: 'moments';
      readonly matrix: number;
      readonly origin: Float64Array;
      readonly mean: Float64Array | undefined;
      readonly inverseUnit: Float64Array | undefined;
    }
  | { readonly op: 'distances'; readonly matrix: number; readonly origin: Float64Array }
  | {
      readonly op: 'squares';
      readonly matrix: number;
      readonly rows: number;
      readonly origin: Float64Array;
      readonly distance: Float64Array;
    }
  | { readonly op: 'frame'; readonly matrix: number; readonly frame: Frame | 'none' }
  | {
      readonly op: 'multiply';
      readonly matrix: number;
      readonly W: Float64Array;
      readonly width: number;
      readonly ranges: RowRange[];
    }
  /** By part: the rows of R. */
  | { readonly op: 'multiplyTransposed'; readonly matrix: number; readonly width: number; readonly ranges: RowRange[] }
  /** By part: one scale for each of its first rows. */
  | { readonly op: 'gram'; readonly matrix: number; readonly chosen: Uint32Array | null }
  /** For whoever wants to know what was multiplied where. */
  | { readonly op: 'count'; readonly matrix: number }
  /** By part: `PartRows`. */
  | {
      readonly op: 'track';
      readonly loss: number;
      readonly matrix: number;
      readonly architecture: Architecture;
      readonly name: string;
      readonly parameters: Readonly<Record<string, number>>;
      readonly memory: number;
    }
  | { readonly op: 'restart'; readonly loss: number; readonly parameters: Float64Array }
  | {
      readonly op: 'span';
      readonly loss: number;
      readonly fresh: readonly Float64Array[];
      readonly memory: readonly Float64Array[];
      readonly variables: Int32Array;
      readonly k: number;
    }
  | { readonly op: 'value' | 'evaluate' | 'move'; readonly loss: number; readonly t: Float64Array }
  | { readonly op: 'advance'; readonly loss: number; readonly t: Float64Array | null }
  | {
      readonly op: 'grow';
      readonly loss: number;
      readonly parameters: Float64Array;
      readonly memory: readonly Float64Array[];
      readonly samples: Uint32Array;
    }
  | { readonly op: 'preview'; readonly loss: number; readonly parameters: Float64Array; readonly samples: Uint32Array }
  | {
      readonly op: 'factors';
      readonly loss: number;
      readonly stride: number;
      readonly seed: number;
      readonly inputFactor: boolean;
      readonly shares: boolean;
    }
  | { readonly op: 'outputs' | 'products'; readonly loss: number }
  | { readonly op: 'nodeValue'; readonly loss: number; readonly node: number }
  /** By part: the tracked product and those of past steps. `whole`: the sample is all rows. */
  | {
      readonly op: 'resume';
      readonly loss: number;
      readonly parameters: Float64Array;
      readonly samples: Uint32Array;
      readonly whole: boolean;
    }
  | { readonly op: 'replaceBehind'; readonly loss: number; readonly parameters: Float64Array }
  | { readonly op: 'dispose'; readonly matrix: number | null; readonly loss: number | null }
  /** Rank 0 has something else to do for a while. */
  | { readonly op: 'alive' }
  | { readonly op: 'end' };

/** What the parts of one rank are given, by the number of the part. */
export type ByPart = ReadonlyMap<number, unknown>;

export function pack(value: unknown): Uint8Array {
  return serialize(value);
}

export function unpack<T>(message: Uint8Array): T {
  return deserialize(message) as T;
}
