/**
 * The state of a run as JSON and tensors, bit by bit: typed arrays become tensors (one for each array, however often it is referred to),
 * and what JSON has no words for (NaN, the infinities, -0, undefined) is written as an object with the one key `$`.
 */
import { PlanesearchError } from '../core/errors.js';
import type { Tensor } from '../io/safetensors.js';

/** What holds every number of each type exactly is a float64; 64-bit integers are not among them. */
const arrayTypes = {
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
} as const;
type ArrayType = keyof typeof arrayTypes;
type NumberArray = InstanceType<(typeof arrayTypes)[ArrayType]>;

const MARK = '$';

export interface EncodedState {
  readonly json: unknown;
  readonly tensors: readonly Tensor[];
}

/** @throws PlanesearchError INVALID_OPTION that names what cannot be kept, such as a function in the state of a direction of your own */
export function encodeState(state: unknown): EncodedState {
  const tensors: Tensor[] = [];
  const known = new Map<object, unknown>();
  const encode = (value: unknown, path: string): unknown => {
    if (value === undefined) return { [MARK]: 'undefined' };
    if (typeof value === 'number')
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { [MARK]: nameOf(value) };
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value !== 'object') return refuse(path);
    if (ArrayBuffer.isView(value)) {
      if (!known.has(value)) known.set(value, addTensor(value, path, tensors));
      return known.get(value);
    }
    if (Array.isArray(value)) return value.map((entry, e) => encode(entry, `${path}[${e}]`));
    const prototype: unknown = Object.getPrototypeOf(value);
    if ((prototype !== Object.prototype && prototype !== null) || MARK in value) return refuse(path);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encode(entry, `${path}.${key}`)]));
  };
  return { json: encode(state, 'state'), tensors };
}

/**
 * Undoes {@link encodeState}.
 *
 * @param refuse throws with a problem
 */
export function decodeState({ json, tensors }: EncodedState, refuse: (problem: string) => never): unknown {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const made = new Map<string, ArrayBufferView>();
  const decode = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(decode);
    if (!(MARK in value)) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decode(entry)]));
    const { [MARK]: mark, type } = value as { [MARK]: unknown; type?: unknown };
    if (mark === 'undefined') return undefined;
    if (mark === '-0') return -0;
    if (mark === 'NaN' || mark === 'Infinity' || mark === '-Infinity') return Number(mark);
    if (typeof mark !== 'string' || typeof type !== 'string' || !Object.hasOwn(arrayTypes, type))
      return refuse('its state is damaged');
    // Arrays without numbers have no tensor, and so nothing to be told apart by.
    if (mark === '') return new arrayTypes[type as ArrayType](0);
    const values = byName.get(mark)?.values;
    if (!values) return refuse(`its tensor '${mark}' is missing`);
    if (!made.has(mark)) made.set(mark, type === 'Float64Array' ? values : arrayTypes[type as ArrayType].from(values));
    return made.get(mark);
  };
  return decode(json);
}

/** @returns what stands for the array */
function addTensor(array: ArrayBufferView, path: string, tensors: Tensor[]): unknown {
  const type = array.constructor.name;
  if (!Object.hasOwn(arrayTypes, type)) return refuse(path);
  const numbers = array as NumberArray;
  if (numbers.length === 0) return { [MARK]: '', type };
  const values = numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
  tensors.push({ name: path, shape: [values.length], values });
  return { [MARK]: path, type };
}

function nameOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function refuse(path: string): never {
  const expected = 'numbers, strings, lists, plain objects and typed arrays alone';
  throw new PlanesearchError(
    'INVALID_OPTION',
    `The state of a run must hold ${expected} to be kept, but ${path} is another thing.`,
    {
      expected,
    },
  );
}
