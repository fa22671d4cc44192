/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header that names every tensor with its type, shape
 * and place, then the raw numbers. Any safetensors reader opens the weights; `metadata` holds strings of ours.
 *
 * Read strictly: a header that does not account for every byte exactly once is no container (the reference implementation
 * refuses it too), because what it leaves open a reader would have to guess.
 *
 * Format: https://github.com/huggingface/safetensors. Only float64 tensors ("F64") are written here; float32 ("F32") is read where weights
 * of other programs are taken in.
 */
import { isCount, isObject } from '../core/plain.js';
import { describe, PlanesearchError, type ErrorCode } from '../core/errors.js';
import { measureJson, parseStrictJson } from './strict-json.js';

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float64Array;
}

export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly Tensor[];
}

/** Where a tensor lies: `size` numbers from byte `begin` behind the header. */
export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly begin: number;
  readonly size: number;
}

/** Bytes of a number. */
export const tensorTypes = { F64: 8, F32: 4 } as const;
export type TensorType = keyof typeof tensorTypes;

/** What a file is read as: for its sentences, and by what it may hold. */
export interface TensorFileKind {
  readonly what: string;
  readonly code: ErrorCode;
  readonly types: readonly TensorType[];
}

export const MODEL_FILE: TensorFileKind = { what: 'a planesearch model', code: 'INVALID_MODEL', types: ['F64'] };

export interface TensorHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the file. */
  readonly places: readonly TensorPlace[];
}

export const LENGTH_BYTES = 8;

/** Longest header accepted, as in the reference implementation. */
const HEADER_LIMIT = 100_000_000;
const METADATA = '__metadata__';

type Refuse = (problem: string, cause?: unknown) => never;

/** Length and header, up to where the numbers begin. @throws PlanesearchError INVALID_ARGUMENT for two tensors of one name */
export function encodeHeader({ metadata, tensors }: TensorFile): Buffer {
  const entries: [string, unknown][] = [[METADATA, metadata]];
  const names = new Set([METADATA]);
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    if (names.has(name)) {
      const sentence = `The parameter blocks of a model must have different names, but two are called ${describe(name)}.`;
      throw new PlanesearchError('INVALID_ARGUMENT', sentence, { expected: 'different names', received: name });
    }
    names.add(name);
    entries.push([name, { dtype: 'F64', shape, data_offsets: [offset, offset + values.byteLength] }]);
    offset += values.byteLength;
  }
  // Built from pairs: a block called __proto__ would be lost in an object.
  const text = Buffer.from(
    `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`,
  );
  // The numbers start at a multiple of 8 so that readers can map them; the format allows spaces behind the header.
  const padding = (8 - (text.length % 8)) % 8;
  if (text.length + padding > HEADER_LIMIT) {
    const sentence = `The description of a model must have at most ${HEADER_LIMIT} bytes, but it has ${text.length}.`;
    throw new PlanesearchError('UNWRITABLE_FILE', sentence);
  }
  measureJson(text, (problem) => {
    throw new PlanesearchError('UNWRITABLE_FILE', `The header of a model ${problem}.`);
  });
  const header = Buffer.alloc(LENGTH_BYTES + text.length + padding, ' ');
  header.writeBigUInt64LE(BigInt(text.length + padding), 0);
  text.copy(header, LENGTH_BYTES);
  return header;
}

export function encodeTensors(container: TensorFile): Buffer {
  const header = encodeHeader(container);
  const bytes = container.tensors.reduce((sum, { values }) => sum + values.byteLength, header.length);
  const file = Buffer.alloc(bytes);
  header.copy(file);
  let at = header.length;
  for (const { values } of container.tensors) {
    for (const x of values) at = file.writeDoubleLE(x, at);
  }
  return file;
}

/** @throws PlanesearchError INVALID_MODEL with what is wrong, `source` named */
export function decodeTensors(file: Buffer, source: string): TensorFile {
  const base = LENGTH_BYTES + headerLength(file, file.length, source);
  const { metadata, places } = readHeader(file.subarray(LENGTH_BYTES, base), file.length - base, source);
  const tensors = places.map(({ name, shape, begin, size }): Tensor => {
    const values = Float64Array.from({ length: size }, (_, e) => file.readDoubleLE(base + begin + tensorTypes.F64 * e));
    return { name, shape, values };
  });
  return { metadata, tensors };
}

/** The length of the JSON header from the first bytes of a file of `fileBytes`. @throws PlanesearchError INVALID_MODEL */
export function headerLength(start: Buffer, fileBytes: number, source: string, kind = MODEL_FILE): number {
  const refuse = refusal(source, kind);
  if (fileBytes < LENGTH_BYTES) return refuse(`it has ${fileBytes} bytes`);
  const length = start.readBigUInt64LE(0);
  if (length > HEADER_LIMIT || Number(length) + LENGTH_BYTES > fileBytes) {
    return refuse(`its header would take ${length} of its ${fileBytes} bytes`);
  }
  return Number(length);
}

/**
 * @param dataBytes bytes of the file behind the header
 * @throws PlanesearchError INVALID_MODEL unless the tensors fill these bytes without holes or overlaps
 */
export function readHeader(text: Buffer, dataBytes: number, source: string, kind = MODEL_FILE): TensorHeader {
  const refuse = refusal(source, kind);
  const header = parseStrictJson(text, (problem, cause) => refuse(`its header ${problem}`, cause));
  if (!isObject(header)) return refuse(`its header must be a JSON object, but it is ${describe(header)}`);
  let metadata: Record<string, string> = {};
  const places: TensorPlace[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) metadata = checkMetadata(value, refuse);
    else places.push(checkTensor(name, value, dataBytes, kind.types, refuse));
  }
  places.sort((a, b) => a.begin - b.begin);
  let end = 0;
  for (const { name, type, begin, size } of places) {
    const which = `its tensor ${describe(name)} begins at byte ${begin}`;
    if (begin > end) refuse(`${which}, but what is before it ends at byte ${end}, which leaves a hole`);
    if (begin < end) refuse(`${which}, but what is before it ends at byte ${end}: they overlap`);
    end = begin + tensorTypes[type] * size;
  }
  if (end < dataBytes) refuse(`${dataBytes - end} bytes follow its last tensor`);
  return { metadata, places };
}

/**
 * The values of the wanted tensors, in the order of `wanted`: each there, of its shape, all numbers finite, and no other tensor beside.
 *
 * @param refuse throws with a problem
 */
export function takeTensors(
  tensors: readonly Tensor[],
  wanted: readonly Pick<Tensor, 'name' | 'shape'>[],
  refuse: (problem: string) => never,
): Float64Array[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const taken = wanted.map(({ name, shape }) => {
    const tensor = byName.get(name);
    const size = shape.reduce((product, side) => product * side, 1);
    if (tensor?.values.length !== size) {
      return refuse(
        `its tensor ${describe(name)} must hold ${size} numbers, but it holds ${describe(tensor?.values.length)}`,
      );
    }
    if (String(tensor.shape) !== String(shape)) {
      return refuse(
        `its tensor ${describe(name)} must have the shape ${shape.join(' x ')}, but it has ${tensor.shape.join(' x ')}`,
      );
    }
    const bad = tensor.values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) refuse(`its tensor ${describe(name)} must hold finite numbers, but it holds ${bad}`);
    byName.delete(name);
    return tensor.values;
  });
  const [other] = byName.keys();
  return other === undefined ? taken : refuse(`it holds the tensor ${describe(other)}, for which its network has no place`);
}

function checkMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  if (!isObject(value)) return refuse(`its metadata must be an object, but it is ${describe(value)}`);
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string') refuse(`its metadata must hold strings, but ${describe(key)} is ${describe(entry)}`);
  }
  return value as Record<string, string>;
}

function checkTensor(
  name: string,
  value: unknown,
  dataBytes: number,
  types: readonly TensorType[],
  refuse: Refuse,
): TensorPlace {
  const which = `its tensor ${describe(name)}`;
  if (!isObject(value)) return refuse(`${which} must be described by an object, but it is ${describe(value)}`);
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined)
    return refuse(`${which} must have a type, a shape and offsets only, but it has ${describe(other)}`);
  const type = types.find((one) => one === dtype);
  if (!type) return refuse(`${which} must be of type '${types.join("' or '")}', but it is ${describe(dtype)}`);
  if (!Array.isArray(shape)) return refuse(`the shape of ${which} must be a list, but it is ${describe(shape)}`);
  const wrong: unknown = shape.find((side) => !isCount(side, 1));
  if (wrong !== undefined)
    return refuse(`the shape of ${which} must hold integers of at least 1, but it holds ${describe(wrong)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2)
    return refuse(`the offsets of ${which} must be two numbers, but they are ${describe(offsets)}`);
  const [begin, end] = offsets as unknown[];
  if (!isCount(begin, 0) || !isCount(end, 0)) {
    return refuse(
      `the offsets of ${which} must be integers of at least 0, but they are ${describe(begin)} and ${describe(end)}`,
    );
  }
  if (end > dataBytes) return refuse(`${which} ends at byte ${end}, but there are only ${dataBytes}`);
  const size = (shape as number[]).reduce((product, side) => product * side, 1);
  const bytes = tensorTypes[type] * size;
  if (end - begin !== bytes) return refuse(`${which} must take ${bytes} bytes for its shape, but it takes ${end - begin}`);
  return { name, shape: shape as number[], type, begin, size };
}

export function refusal(source: string, { what, code }: TensorFileKind): Refuse {
  return (problem, cause) => {
    throw new PlanesearchError(code, `${source} is not ${what}: ${problem}.`, { expected: 'a safetensors file', cause });
  };
}
