/**
 * A safetensors container as a file: written and read in parts, so that neither way holds the file in memory beside its numbers,
 * and with one limit for both, so that what was saved can be loaded.
 */
import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { PlanesearchError } from '../core/errors.js';
import { explainRead, openInputFile } from './input-file.js';
import { replaceFile } from './output-file.js';
import {
  encodeHeader,
  headerLength,
  LENGTH_BYTES,
  MODEL_FILE,
  readHeader,
  tensorTypes,
  type Tensor,
  type TensorFile,
  type TensorFileKind,
} from './safetensors.js';

/** 4 GiB, as for data: the numbers of a model take as much memory again while they are put together. */
export const MODEL_BYTE_LIMIT = 4 * 2 ** 30;

/** Bytes per call: a part of some size leaves the event loop free, and read(2) takes no more than 2 GiB at once. */
const PART_BYTES = 16 * 2 ** 20;

/** @throws PlanesearchError UNWRITABLE_FILE; a file that was there is then as it was */
export async function writeTensorFile(path: string, file: TensorFile, byteLimit = MODEL_BYTE_LIMIT): Promise<void> {
  const header = encodeHeader(file);
  const bytes = file.tensors.reduce((sum, { values }) => sum + values.byteLength, header.length);
  if (bytes > byteLimit) {
    const sentence = `A model file must have at most ${byteLimit} bytes, but this model takes ${bytes}.`;
    throw new PlanesearchError('UNWRITABLE_FILE', sentence, {
      expected: `at most ${byteLimit} bytes`,
      received: `${bytes} bytes`,
    });
  }
  await replaceFile(path, async (handle) => {
    await handle.writeFile(header);
    for (const { values } of file.tensors) {
      for (const part of partsOf(values)) await handle.writeFile(inFileOrder(part, true));
    }
  });
}

/** @throws PlanesearchError FILE_NOT_FOUND, UNREADABLE_FILE, or the code of the kind (INVALID_MODEL) with what is wrong about the container */
export async function readTensorFile(
  path: string,
  byteLimit = MODEL_BYTE_LIMIT,
  kind: TensorFileKind = MODEL_FILE,
): Promise<TensorFile> {
  const { handle, bytes } = await openInputFile(path);
  try {
    if (bytes > byteLimit) {
      const sentence = `${path} is not ${kind.what}: it must have at most ${byteLimit} bytes, but it has ${bytes}.`;
      throw new PlanesearchError(kind.code, sentence, {
        expected: `at most ${byteLimit} bytes`,
        received: `${bytes} bytes`,
      });
    }
    const start = Buffer.alloc(Math.min(LENGTH_BYTES, bytes));
    await fill(handle, start, 0, path);
    const text = Buffer.alloc(headerLength(start, bytes, path, kind));
    await fill(handle, text, LENGTH_BYTES, path);
    const base = LENGTH_BYTES + text.length;
    const { metadata, places } = readHeader(text, bytes - base, path, kind);
    const tensors: Tensor[] = [];
    for (const { name, shape, type, begin, size } of places) {
      const values = type === 'F64' ? new Float64Array(size) : new Float32Array(size);
      let at = base + begin;
      for (const part of partsOf(values)) {
        await fill(handle, part, at, path);
        inFileOrder(part, false, tensorTypes[type]);
        at += part.length;
      }
      tensors.push({ name, shape, values: values instanceof Float64Array ? values : Float64Array.from(values) });
    }
    return { metadata, tensors };
  } catch (error) {
    throw explainRead(path, error);
  } finally {
    await handle.close();
  }
}

function* partsOf(values: Float64Array | Float32Array): Generator<Buffer> {
  for (let at = 0; at < values.byteLength; at += PART_BYTES) {
    yield Buffer.from(values.buffer, values.byteOffset + at, Math.min(PART_BYTES, values.byteLength - at));
  }
}

/** The file is little-endian: a copy of `part` (or itself) with the bytes of every number the other way round where the machine is not. */
function inFileOrder(part: Buffer, copy: boolean, bytes: 4 | 8 = 8): Buffer {
  if (endianness() === 'LE') return part;
  const own = copy ? Buffer.from(part) : part;
  return bytes === 8 ? own.swap64() : own.swap32();
}

async function fill(handle: FileHandle, into: Buffer, position: number, path: string): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await handle.read(into, at, into.length - at, position + at);
    if (bytesRead === 0) throw new PlanesearchError('UNREADABLE_FILE', `'${path}' became shorter while it was read.`);
    at += bytesRead;
  }
}
