/**
 * A checkpoint: one safetensors file in a folder, written under another name and then renamed, so that there is a whole one at any moment.
 * A checksum over its numbers and one over its words tell damage; what it is a checkpoint of stands in it in words and digests.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { checkIdentity, type Identity } from '../core/identity.js';
import { describe, PlanesearchError } from '../core/errors.js';
import { Pace } from '../core/pace.js';
import type { Stop } from '../core/stopping.js';
import type { TrainerState } from '../core/trainer.js';
import { MODEL_BYTE_LIMIT, readTensorFile, writeTensorFile } from '../io/model-file.js';
import { unwritable } from '../io/output-file.js';
import { refusal, type Tensor, type TensorFileKind } from '../io/safetensors.js';
import { measureJson, parseStrictJson } from '../io/strict-json.js';
import { decodeState, encodeState } from './state-codec.js';

/** Raised whenever an older planesearch could not read the file. */
const CHECKPOINT_FORMAT_VERSION = 1;

const FILE = 'checkpoint.safetensors';
const CHECKPOINT_FILE: TensorFileKind = { what: 'a checkpoint', code: 'INVALID_CHECKPOINT', types: ['F64'] };
const ENTRY = 'planesearch-checkpoint';

export interface Checkpoint {
  readonly state: TrainerState;
  /** Options that shape the course of a run, and the version. */
  readonly settings: Identity;
  /** Why the run has ended; null for one in its middle. */
  readonly stop: Stop | null;
}

interface Words {
  readonly formatVersion: number;
  readonly settings: Identity;
  readonly stop: Stop | null;
  readonly crc32: number;
  readonly state: unknown;
}

/** @throws PlanesearchError UNWRITABLE_FILE; the checkpoint that was there is then as it was */
export async function writeCheckpoint(folder: string, { state, settings, stop }: Checkpoint): Promise<void> {
  const { json, tensors } = encodeState(state);
  const words: Words = {
    formatVersion: CHECKPOINT_FORMAT_VERSION,
    settings,
    stop,
    crc32: await checksum(tensors),
    state: json,
  };
  const text = JSON.stringify(words);
  measureJson(Buffer.from(text), (problem) => {
    throw new PlanesearchError('UNWRITABLE_FILE', `The words of a checkpoint ${problem}.`);
  });
  await writeTensorFile(path.join(folder, FILE), { metadata: { [ENTRY]: text, crc32: String(crc32(text)) }, tensors });
}

/**
 * Null where the folder has none, or is not there.
 *
 * @throws PlanesearchError INVALID_CHECKPOINT for what is damaged, no checkpoint or of another format version
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint | null> {
  const file = path.join(folder, FILE);
  if (!(await exists(file))) return null;
  const refuse = refusal(file, CHECKPOINT_FILE);
  const { metadata, tensors } = await readTensorFile(file, MODEL_BYTE_LIMIT, CHECKPOINT_FILE);
  const text = metadata[ENTRY] ?? refuse(`its metadata has no entry '${ENTRY}'`);
  if (metadata['crc32'] !== String(crc32(text))) refuse('its words are damaged');
  const words = parseStrictJson(Buffer.from(text), (problem, cause) =>
    refuse(`its entry '${ENTRY}' ${problem}`, cause),
  ) as Words;
  if (words.formatVersion !== CHECKPOINT_FORMAT_VERSION) {
    refuse(
      `its format version is ${describe(words.formatVersion)}, where this planesearch reads ${CHECKPOINT_FORMAT_VERSION}`,
    );
  }
  if (words.crc32 !== (await checksum(tensors))) refuse('its numbers are damaged');
  const state = decodeState({ json: words.state, tensors }, refuse) as TrainerState;
  return { state, settings: words.settings, stop: words.stop };
}

/** @throws PlanesearchError INCOMPATIBLE that names the first setting in which the two runs differ */
export function checkSettings(own: Identity, { settings }: Checkpoint): void {
  checkIdentity(own, settings);
}

/** Makes the folder where there is none, and clears away what a killed process has left half written. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder))
      if (name.startsWith(`${FILE}.`) && name.endsWith('.part')) await rm(path.join(folder, name), { force: true });
  } catch (error) {
    throw unwritable(folder, (error as Error).message, error);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw new PlanesearchError('UNREADABLE_FILE', `${describe(file)} cannot be read: ${error.message}.`, { cause: error });
    },
  );
}

/** Bytes between two looks at the clock: a few milliseconds. */
const PART = 2 ** 22;

async function checksum(tensors: readonly Tensor[]): Promise<number> {
  const pace = new Pace();
  let sum = 0;
  for (const { values } of tensors) {
    for (let at = 0; at < values.byteLength; at += PART) {
      sum = crc32(new Uint8Array(values.buffer, values.byteOffset + at, Math.min(PART, values.byteLength - at)), sum);
      if (pace.due) await pace.yield();
    }
  }
  return sum;
}
