/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header that names every tensor with its type, shape
 * and place, then the raw numbers. Any safetensors reader opens the weights; `metadata` holds strings of ours.
 *
 * Format: https://github.com/huggingface/safetensors. Only float64 tensors ("F64") are written and read here.
 */
import { PlanesearchError } from '../core/errors.js';

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

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Longest header accepted, as in the reference implementation. */
const HEADER_LIMIT = 100_000_000;

export function encodeTensors({ metadata, tensors }: TensorFile): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F64', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  // The numbers start at a multiple of 8 so that readers can map them; the format allows spaces behind the header.
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const file = Buffer.alloc(8 + padded.length + offset);
  file.writeBigUInt64LE(BigInt(padded.length), 0);
  padded.copy(file, 8);
  let at = 8 + padded.length;
  for (const { values } of tensors) {
    for (const x of values) at = file.writeDoubleLE(x, at);
  }
  return file;
}

/** @throws PlanesearchError INVALID_MODEL with what is wrong, `source` named */
export function decodeTensors(file: Buffer, source: string): TensorFile {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new PlanesearchError('INVALID_MODEL', `${source} is not a planesearch model: ${problem}.`, {
      expected: 'a safetensors file',
      cause,
    });
  };
  if (file.length < 8) refuse(`it has ${file.length} bytes`);
  const length = file.readBigUInt64LE(0);
  if (length > HEADER_LIMIT || Number(length) + 8 > file.length)
    refuse(`its header would take ${length} of its ${file.length} bytes`);
  const base = 8 + Number(length);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(file.toString('utf8', 8, base)) as Record<string, unknown>;
  } catch (cause) {
    return refuse('its header is not JSON', cause);
  }
  const { __metadata__: metadata, ...entries } = header;
  const tensors = Object.entries(entries).map(([name, value]): Tensor => {
    const { dtype, shape, data_offsets: offsets } = value as HeaderEntry;
    const size = shape?.reduce((product, side) => product * side, 1);
    if (dtype !== 'F64' || !offsets || offsets[1] - offsets[0] !== 8 * size || base + offsets[1] > file.length) {
      refuse(`its tensor '${name}' is damaged or not float64`);
    }
    const values = Float64Array.from({ length: size }, (_, e) => file.readDoubleLE(base + offsets[0] + 8 * e));
    return { name, shape, values };
  });
  return { metadata: (metadata ?? {}) as Record<string, string>, tensors };
}
