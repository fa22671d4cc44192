/** The rows that `train` holds out for validation: a share of those given, split off before anything is measured, or rows of their own. */
import { checkEntries, checkFinite, checkSource, ownNumbers, precisionOf } from './backends/arguments.js';
import type { Backend, DataMatrix, FileSource, MatrixOptions } from './backends/backend.js';
import { describe, isOurs, PlanesearchError, reject } from './core/errors.js';
import { checkFileSource, isFile } from './backends/file-source.js';
import { refuseUnknown } from './core/option-names.js';
import { paced } from './core/pace.js';
import { Validation, type ValidationSpec } from './core/validation.js';
import {
  encodeSteps,
  isSparse,
  readTarget,
  sourceOf,
  stratifiedRows,
  takeRows,
  toMatrix,
  type GivenTarget,
  type MatrixData,
  type TrainingMatrix,
  type RowSplit,
  type Task,
} from './data/index.js';
import type { Loss } from './losses/loss.js';
import type { TrainingData, TrainOptions } from './train-options.js';

/** Rows to validate with that are not among those of the training. */
export type ValidationData = Pick<TrainingData, 'x' | 'y' | 'offsets' | 'sampleWeights'>;

/** Share of the rows that early stopping holds out when nothing is said of validation. */
export const DEFAULT_SHARE = 0.1;

/** What is to be held out of a training. */
export function wantedValidation({
  validation,
  earlyStopping = false,
}: Pick<TrainOptions, 'validation' | 'earlyStopping'>): number | ValidationData | undefined {
  return validation ?? (earlyStopping === false ? undefined : DEFAULT_SHARE);
}

/** What a run has one or more of for every row. */
export type RowNumbers = Pick<ValidationSpec, 'targets' | 'offsets' | 'sampleWeights'>;

export interface HeldOut {
  /** X of the rows to train on. */
  readonly x: TrainingMatrix;
  /** X of the rows held out: a copy, or a file. */
  readonly heldOut: TrainingMatrix;
  /** Makes the matrix of one of the two; copied before it returns. */
  matrix(part: TrainingMatrix, backend: Backend, options: MatrixOptions): Promise<DataMatrix>;
  /** From the numbers of all rows given to those of the rows to train on. */
  own(all: RowNumbers): RowNumbers;
  /** Those of the rows held out. */
  numbers(all: RowNumbers, task: Task, loss: Loss): Promise<RowNumbers>;
}

/** @throws PlanesearchError for what is neither a share nor data; null when nothing is to be held out */
export function holdOut(
  x: TrainingMatrix,
  y: GivenTarget,
  validation: number | ValidationData | undefined,
  seed: number,
): HeldOut | null {
  if (validation === undefined) return null;
  if (typeof validation === 'object') return ofItsOwn(x, validation);
  if (isFile(x)) refuseShare(x);
  const { rows } = x;
  if (typeof validation !== 'number' || !(validation > 0 && validation < 1))
    reject('INVALID_OPTION', 'validation', 'a share above 0 and below 1, or data { x, y }', validation);
  const count = Math.round(rows * validation);
  if (count === 0 || count === rows) {
    const expected = `a share that leaves at least one of ${rows} rows on either side`;
    reject('INVALID_DATA', 'validation', expected, validation);
  }
  return ofShare(x, stratifiedRows(rows, labelsOf(y, rows), validation, seed));
}

function refuseShare({ path }: FileSource): never {
  const sentence = `validation must be data of its own where X stays in the file ${describe(path)}, but a share of its rows was asked for.`;
  throw new PlanesearchError('INCOMPATIBLE', sentence, { expected: 'data { x, y }', received: 'a share' });
}

function ofShare(x: MatrixData, { train, test }: RowSplit): HeldOut {
  checkRows(x);
  return {
    x: takeRows(x, train),
    heldOut: takeRows(x, test),
    async matrix(part, backend, options) {
      try {
        return await backend.matrix(sourceOf(part), options);
      } catch (error) {
        // It names a row of the part; the caller knows those of the whole.
        if (!isSparse(x)) checkFinite(x.values, x.columns, precisionOf(sourceOf(x), options), x.columnNames);
        throw error;
      }
    },
    own: (all) => takeNumbers(all, train, x.rows),
    numbers: async (all) => takeNumbers(all, test, x.rows),
  };
}

function ofItsOwn(x: TrainingMatrix, given: ValidationData): HeldOut {
  refuseUnknown(given, ['x', 'y', 'offsets', 'sampleWeights'], { what: 'validation', noun: 'part of the validation data' });
  const own = told(() => (isFile(given.x) ? checkFileSource(given.x) : toMatrix(given.x)));
  const { rows, columns } = own;
  if (columns !== x.columns) reject('DIMENSION_MISMATCH', 'The validation data', `${x.columns} columns wide, as x`, columns);
  const heldOut = isFile(own) ? own : told(() => copyOf(own));
  const offsets = given.offsets && ownNumbers('The offsets of the validation data', given.offsets);
  const sampleWeights = given.sampleWeights && ownNumbers('The sample weights of the validation data', given.sampleWeights);
  const reading = readTarget(given.y, rows);
  reading.catch(() => undefined);
  return {
    x,
    heldOut,
    async matrix(part, backend, options) {
      try {
        return await backend.matrix(sourceOf(part), options);
      } catch (error) {
        throw part === this.heldOut ? inValidation(error) : error;
      }
    },
    own: (all) => all,
    numbers: async (_all, task, loss) => {
      try {
        return { targets: await paced(encodeSteps(await reading, task, loss)), offsets, sampleWeights };
      } catch (error) {
        throw inValidation(error);
      }
    },
  };
}

/** What scores them, in the frame and the precision of the training rows: what float32 can tell apart there, it can here. Owns its matrix. */
export async function validationOf(
  held: HeldOut,
  all: RowNumbers,
  { frame, precision }: DataMatrix,
  { architecture, task, loss }: Pick<ValidationSpec, 'architecture' | 'task' | 'loss'>,
  backend: Backend,
): Promise<Validation> {
  const numbers = await held.numbers(all, task, loss);
  const { heldOut } = held;
  // A column that is constant in the training rows need not be so here.
  const shown = { ...frame, constant: new Uint8Array(frame.constant.length) };
  const options = { frame: shown, precision, columnNames: heldOut.columnNames };
  const matrix = await held.matrix(heldOut, backend, options);
  try {
    return new Validation({ matrix, architecture, task, loss, ...numbers }, backend);
  } catch (error) {
    matrix.dispose();
    throw error;
  }
}

function copyOf(x: MatrixData): MatrixData {
  checkRows(x);
  return takeRows(
    x,
    Uint32Array.from({ length: x.rows }, (_, row) => row),
  );
}

/** What would go wrong while rows are taken. */
function checkRows(x: MatrixData): void {
  if (x.ranks) return;
  checkSource(sourceOf(x));
  if (isSparse(x)) checkEntries(x, 'float64', x.columnNames);
}

/** One label a row as far as it can be seen without reading the target, which happens later. */
export function labelsOf(y: GivenTarget, rows: number): ArrayLike<unknown> | null {
  const { values, texts } = Object(y) as { values?: unknown; texts?: unknown };
  // Lists and typed arrays have a method of this name.
  const labels = texts ?? (typeof values === 'object' ? values : y);
  const list = labels as ArrayLike<unknown> | null | undefined;
  return list?.length === rows && typeof list[0] !== 'object' ? list : null;
}

function takeNumbers({ targets, offsets, sampleWeights }: RowNumbers, rows: Uint32Array, of: number): RowNumbers {
  const take = (values: Float64Array): Float64Array => {
    const width = values.length / of;
    const taken = new Float64Array(rows.length * width);
    for (let at = 0; at < taken.length; at++) taken[at] = values[rows[Math.floor(at / width)]! * width + (at % width)]!;
    return taken;
  };
  return { targets: take(targets), offsets: offsets && take(offsets), sampleWeights: sampleWeights && take(sampleWeights) };
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inValidation(error);
  }
}

/** The same error, with the data named that it is about. */
function inValidation(error: unknown): unknown {
  if (!isOurs(error)) return error;
  const { code, message, expected, received, cause } = error;
  return new PlanesearchError(code, `In the validation data: ${message}`, {
    ...(expected !== undefined && { expected }),
    ...(received !== undefined && { received }),
    cause,
  });
}
