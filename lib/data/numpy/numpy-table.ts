/**
 * X and y of NumPy's arrays. The first dimension of X are its rows, all others together its columns. y is, in this order:
 *
 * 1. the array of the file `labels` (NPY);
 * 2. in an NPZ file the partner of X: `X, y` in whatever case, `X_train, y_train`, `x_train, y_train`, `data, target`, `data, labels`, `features, labels`,
 *    `arr_0, arr_1`, or the two of `arrays`;
 * 3. a column of X: `target`, its index from 0, negative from the end. Default the last.
 *
 * A sparse matrix of SciPy (`sparse-npz.ts`) stays sparse; its y is that of 1.
 */
import { describe, PlanesearchError, reject } from '../../core/errors.js';
import { paced } from '../../core/pace.js';
import { dataError } from '../data-error.js';
import type { DenseData } from '../dense.js';
import type { MatrixData } from '../matrix-data.js';
import { fillSteps } from '../given/rows.js';
import { shaped } from '../given/strided.js';
import { checkLabelCount } from '../labels.js';
import { limitsFrom, type ReadLimits } from '../limits.js';
import { nameOf, readChunks } from '../read-file.js';
import type { ArraySchema, RawTarget, TableReading } from '../table.js';
import { checkFiniteSteps, withoutColumnSteps } from './columns.js';
import { readNpy, type NpyArray } from './npy.js';
import { readNpz } from './npz.js';
import { holdsSparse, SPARSE_ARRAYS, sparseFrom } from './sparse-npz.js';

export interface NumpyOptions {
  /** NPY file with y. */
  readonly labels?: string | undefined;
  /** Column of X with y: its index from 0, negative from the end. */
  readonly target?: string | number | undefined;
  /** NPZ: the names of X and, unless it is elsewhere, of y. */
  readonly arrays?: readonly string[] | undefined;
  readonly schema?: ArraySchema | undefined;
  readonly needsTarget: boolean;
  readonly limits?: Partial<ReadLimits> | undefined;
}

const CHUNK_BYTES = 2 ** 18;

const pairs = [
  ['X', 'y'],
  ['X', 'Y'],
  ['x', 'y'],
  ['X_train', 'y_train'],
  ['x_train', 'y_train'],
  ['data', 'target'],
  ['data', 'labels'],
  ['features', 'labels'],
  ['arr_0', 'arr_1'],
] as const;

export async function readNumpy(path: string, format: 'npy' | 'npz', options: NumpyOptions): Promise<TableReading> {
  const limits = limitsFrom(options.limits);
  const { schema, needsTarget, labels } = options;
  const wanted = needsTarget && labels !== undefined ? await readNpyFile(labels, limits) : null;
  const found =
    format === 'npy' ? { x: await readNpyFile(path, limits), y: null, notices: [] } : await pick(path, options, limits);
  if ('sparse' in found) {
    const sparse = await sparseFrom(found.sparse, nameOf(path), limits);
    if (!needsTarget) return reading(sparse, null, null, [], schema);
    if (wanted === null) throw noLabels(path, 'a sparse matrix');
    const { target, rows } = targetOf(wanted, nameOf(labels!));
    checkLabelCount(rows, sparse.rows);
    return reading(sparse, target, null, [], schema);
  }
  const { x, y } = { ...found, y: wanted ?? found.y };
  const all = await matrixOf(x, nameOf(path));
  const target = y === null ? null : targetOf(y, wanted ? nameOf(labels!) : nameOf(path));
  if (target !== null || !needsTarget) {
    const cut = schema === undefined || target !== null ? null : leftoverColumn(all, schema);
    const data = cut === null ? all : await paced(withoutColumnSteps(all, cut, null));
    if (target !== null) checkLabelCount(target.rows, data.rows);
    return reading(data, target?.target ?? null, null, found.notices, schema);
  }
  const column = columnOfTarget(path, all.columns, options);
  const values = new Float64Array(all.rows);
  const data = await paced(withoutColumnSteps(all, column, values));
  const guessed = schema === undefined && options.target === undefined;
  const notice = `${nameOf(path)}: took the last column for the target (--target, or --labels for a file of its own).`;
  return reading(data, { kind: 'numbers', values }, column, guessed ? [...found.notices, notice] : found.notices, schema);
}

function reading(
  data: MatrixData,
  target: RawTarget | null,
  column: number | null,
  notices: readonly string[],
  schema: ArraySchema | undefined,
): TableReading {
  const learned: ArraySchema = { format: 'array', columns: data.columns, target: column };
  return { data, target, schema: schema ?? learned, notices, incompleteRows: [] };
}

async function readNpyFile(path: string, limits: ReadLimits): Promise<NpyArray> {
  return readNpy(readChunks(path, CHUNK_BYTES, limits), nameOf(path), limits);
}

/** y of an NPY file. */
export async function readNumpyTarget(path: string, limits: ReadLimits): Promise<{ target: RawTarget; rows: number }> {
  return targetOf(await readNpyFile(path, limits), nameOf(path));
}

async function pick(path: string, options: NumpyOptions, limits: ReadLimits) {
  const { needsTarget, labels } = options;
  let chosen: readonly string[] = [];
  const arrays = await readNpz(
    path,
    (names) => {
      if (options.arrays === undefined && holdsSparse(names))
        return SPARSE_ARRAYS.filter((name) => names.includes(name)) as readonly string[];
      chosen = options.arrays ? given(path, names, options.arrays) : usual(path, names);
      return needsTarget && labels === undefined && options.target === undefined ? chosen : chosen.slice(0, 1);
    },
    limits,
  );
  if (chosen.length === 0) return { sparse: arrays };
  const [xName = '', yName = ''] = chosen;
  const y = arrays[yName] ?? null;
  const told = y === null ? describe(xName) : `${describe(xName)} for X and ${describe(yName)} for y`;
  const notices = options.arrays ? [] : [`${nameOf(path)}: took its array ${told} (--arrays).`];
  return { x: arrays[xName]!, y, notices };
}

function given(path: string, names: readonly string[], arrays: unknown): readonly string[] {
  if (!Array.isArray(arrays) || arrays.length < 1 || arrays.length > 2)
    reject('INVALID_OPTION', '--arrays', 'the name of X and that of y', arrays);
  const missing = (arrays as unknown[]).find((name) => !names.includes(name as string));
  if (missing !== undefined) throw noArray(path, `no array ${describe(missing)}`, names);
  return arrays as string[];
}

function usual(path: string, names: readonly string[]): readonly string[] {
  if (names.length === 1) return names;
  const both = pairs.find((pair) => pair.every((name) => names.includes(name)));
  const x = both ?? pairs.find(([name]) => names.includes(name))?.slice(0, 1);
  if (x === undefined) throw noArray(path, 'no array of a usual name such as X (--arrays names it)', names);
  return x;
}

function noArray(path: string, problem: string, names: readonly string[]): PlanesearchError {
  const known = names.slice(0, 20).map(describe).join(', ') || 'none';
  return dataError(`${nameOf(path)} has ${problem}; its arrays are ${known}.`);
}

/** Rows side by side, whatever the order in the file. */
async function matrixOf({ values, shape, fortran }: NpyArray, what: string): Promise<DenseData> {
  if (Array.isArray(values)) throw dataError(`${what} must hold numbers as X, but holds text.`, 'numbers', 'text');
  if (shape.length < 2) {
    const received = `${shape.length} dimension${shape.length === 1 ? '' : 's'}`;
    throw dataError(
      `${what} must have two dimensions as X, rows and columns, but has ${received}.`,
      '2 dimensions',
      received,
    );
  }
  const stride = fortran ? shape.map((_, k) => shape.slice(0, k).reduce((product, size) => product * size, 1)) : undefined;
  const form = shaped({ data: values, shape, stride });
  const data = 'copyRow' in form ? ((await paced(fillSteps(form))) as DenseData) : form;
  await paced(checkFiniteSteps(data, what));
  return data;
}

/** y as one number or text a row, or k numbers. */
function targetOf({ values, shape, fortran, integers }: NpyArray, what: string): { target: RawTarget; rows: number } {
  const [rows = 1, ...others] = shape;
  const width = others.reduce((product, size) => product * size, 1);
  if (shape.length === 0 || (fortran && width > 1 && rows > 1))
    throw dataError(
      `${what} must hold y row by row, but holds ${shape.length === 0 ? 'a single value' : 'columns (Fortran order)'}.`,
    );
  if (Array.isArray(values)) {
    if (width > 1) throw dataError(`${what} must hold one text a row as y, but holds ${width}.`);
    return { target: { kind: 'strings', values }, rows };
  }
  const numbers = Float64Array.from(values);
  const rounded = integers ? numbers.findIndex((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER) : -1;
  if (rounded >= 0) {
    const sentence = `${what} must hold integers up to 2^53 as y, but holds one near ${numbers[rounded]} in row ${rounded} (from 0).`;
    throw dataError(sentence, 'integers up to 2^53', String(numbers[rounded]));
  }
  return { target: { kind: 'numbers', values: numbers, ...(width > 1 ? { width } : {}) }, rows };
}

/** The place of the target in a file to be predicted that still has it; null where it has the columns of X alone. */
function leftoverColumn({ columns }: DenseData, schema: ArraySchema): number | null {
  return schema.target !== null && columns === schema.columns + 1 ? schema.target : null;
}

function noLabels(path: string, as: string): PlanesearchError {
  const sentence = `The target of ${nameOf(path)} must be in a file of its own (--labels), as that of ${as}, but there was none.`;
  return new PlanesearchError('INVALID_OPTION', sentence, { expected: 'labels', received: 'none' });
}

function columnOfTarget(path: string, columns: number, { target, schema }: NumpyOptions): number {
  const given = schema === undefined ? (target ?? -1) : schema.target;
  if (given === null) throw noLabels(path, 'the training data');
  const index = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given;
  const at = typeof index === 'number' && index < 0 ? columns + index : index;
  if (!Number.isInteger(at) || (at as number) < 0 || (at as number) >= columns)
    reject('INVALID_OPTION', `The target of ${nameOf(path)}`, `an index from ${-columns} to ${columns - 1}`, given);
  if (columns < 2) throw dataError(`${nameOf(path)} must have a column besides the target, but has none.`);
  return at as number;
}
