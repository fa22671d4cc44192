/**
 * Columns that no training row has, left out of a linear fit and put back into its model.
 *
 * Hashed texts have 2^18 columns of which five thousand texts fill a few tens of thousands. The weights of an empty column start at 0, where the loss has
 * no slope along them and a penalty its minimum: they stay 0 in every iteration, at the price of every vector operation. Without them the run is the
 * same, on shorter vectors. Rows held out lose their entries in these columns, which weigh 0.
 */
import { isSparse, type SparseData, type TrainingMatrix } from './data/matrix-data.js';
import type { HeldOut } from './held-out.js';
import { Model } from './io/model.js';
import type { TrainOptions } from './train.js';

/** Numbers larger than this are left to those who know whether to refuse them, and can name their column. */
const LARGEST = 1e30;

/** Which columns are left, in ascending order. */
export type PresentColumns = Uint32Array;

export interface Narrowed {
  readonly x: TrainingMatrix;
  readonly held: HeldOut | null;
  /** Null where all columns are left. */
  readonly present: PresentColumns | null;
}

/**
 * @param x rows to train on
 * @returns what came, unless x is sparse, in memory, without faults and empty in more than half of its columns, and the fit a linear one from zero
 */
export function withoutEmptyColumns(x: TrainingMatrix, held: HeldOut | null, options: TrainOptions): Narrowed {
  const all = { x, held, present: null };
  const { network = 'linear', start, backend } = options;
  const fromZero = start === undefined || (typeof start === 'object' && start !== null && 'state' in start);
  if (!isSparse(x) || x.ranks || typeof backend === 'object' || network !== 'linear' || !fromZero) return all;
  if (held && !isSparse(held.heldOut)) return all;
  const places = placesOf(x);
  if (places === null) return all;
  const present = Uint32Array.from(places.keys()).filter((column) => places[column]! > 0);
  if (present.length === 0 || 2 * present.length > x.columns) return all;
  present.forEach((column, at) => (places[column] = at + 1));
  const narrow = (data: SparseData): SparseData => narrowed(data, places, present);
  const own = narrow(x);
  return { x: own, held: held && { ...held, x: own, heldOut: narrow(held.heldOut as SparseData) }, present };
}

/** By column whether it has an entry; null where there is something to refuse. */
function placesOf({ indptr, indices, values, rows, columns }: SparseData): Uint32Array | null {
  for (let i = 0; i < rows; i++) if (!(indptr[i]! <= indptr[i + 1]!)) return null;
  if (indptr[0] !== 0 || indptr[rows] !== indices.length) return null;
  const places = new Uint32Array(columns);
  for (let e = 0; e < indices.length; e++) {
    const column = indices[e]!;
    if (column >= columns || (values && !(Math.abs(values[e]!) <= LARGEST))) return null;
    places[column] = 1;
  }
  return places;
}

/** @param places by column its number among those that are left, from 1; 0 for an empty one */
function narrowed(data: SparseData, places: Uint32Array, present: PresentColumns): SparseData {
  const { rows, values, columnNames } = data;
  const indptr = new Float64Array(rows + 1);
  const indices = new Uint32Array(data.indices.length);
  const numbers = values?.slice();
  let entries = 0;
  for (let i = 0; i < rows; i++) {
    for (let e = data.indptr[i]!; e < data.indptr[i + 1]!; e++) {
      const place = places[data.indices[e]!]!;
      if (place === 0) continue;
      if (numbers) numbers[entries] = values![e]!;
      indices[entries++] = place - 1;
    }
    indptr[i + 1] = entries;
  }
  return {
    ...data,
    columns: present.length,
    indptr,
    indices: indices.subarray(0, entries),
    values: numbers?.subarray(0, entries),
    columnNames: columnNames && Array.from(present, (column) => columnNames[column]!),
  };
}

/** The parameters of a linear model of `columns` columns, of which it has trained `present`. */
export function widenedParameters(own: Float64Array, present: PresentColumns, columns: number): Float64Array {
  const width = own.length / (present.length + 1);
  const parameters = new Float64Array((columns + 1) * width);
  present.forEach((column, at) => parameters.set(own.subarray(at * width, (at + 1) * width), column * width));
  parameters.set(own.subarray(present.length * width), columns * width);
  return parameters;
}

/** The model of all columns; itself where none was left out. */
export function widenedModel(model: Model, present: PresentColumns | null, columns: number): Model {
  if (present === null) return model;
  const { spec, loss } = model;
  const parameters = widenedParameters(spec.parameters, present, columns);
  return new Model({ ...spec, architecture: { ...spec.architecture, inputs: columns }, parameters }, loss);
}
