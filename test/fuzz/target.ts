/** What is fuzzed: bytes go in, and an oracle says what is wrong about what comes out. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { PlanesearchError } from '../../lib/core/errors.js';
import { isSparse, loadTable, type LoadedTable, type LoadOptions, type ReadLimits } from '../../lib/data/index.js';

export const root = path.resolve(import.meta.dirname, '..', '..');

export interface Target {
  /** What is damaged. */
  readonly seeds: readonly Buffer[];
  /** What is put into it. */
  readonly pieces: readonly Buffer[];
  /**
   * Reads `bytes`. Everything else that it does follows from the bytes, so that a case can be told by them alone.
   *
   * @returns whether they were accepted
   * @throws where they should have been refused, or read as something else, or refused in another way
   */
  check(bytes: Buffer): Promise<boolean>;
}

/** Where the cases of a target lie while they are read: what ends the process can be found there. Of this process, for others may read too. */
export function caseFolder(target: string): string {
  const folder = path.join(root, 'build', 'fuzz', `${target}-${process.pid}`);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return folder;
}

export const caseFile = (target: string, name: string): string => path.join(caseFolder(target), name);

export const fixture = (...name: string[]): Buffer => readFileSync(path.join(root, 'test', 'data', 'cases', ...name));

export const pieces = (...texts: readonly (string | Buffer)[]): Buffer[] => texts.map((text) => Buffer.from(text as string));

/** Milliseconds of a processor that this process has used since `process.cpuUsage()` was `began`: how long a case waits for its turn is no fault of it. */
export function millisecondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** What a server would allow strangers. */
export const LIMITS: Partial<ReadLimits> = {
  fileBytes: 2 ** 24,
  rowBytes: 2 ** 20,
  rows: 2 ** 18,
  columns: 2 ** 18,
  levels: 1000,
  levelCharacters: 2 ** 18,
  matrixBytes: 2 ** 24,
};

const refusals = /^(INVALID_DATA|INVALID_OPTION|UNREADABLE_FILE|DIMENSION_MISMATCH)$/;
// The longest sentence quotes two texts of up to 256 characters, each of which may be an escape of 8.
const sentence = /^[^\p{Cc}\u202a-\u202e\u2028\u2029\ufeff]{1,6000}[.?]$/u;

/** What an action comes to; null where it was refused as it should be. */
export async function accepted<T>(action: () => Promise<T>, codes = refusals): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof PlanesearchError)) throw error;
    const { code, message } = error;
    expect({ code, message }).toEqual({ code: expect.stringMatching(codes), message: expect.stringMatching(sentence) });
    return null;
  }
}

/** A table as {@link loadTable} reads it, held against what every table is. */
export async function read(
  file: string,
  bytes: Buffer,
  options: Omit<LoadOptions, 'needsTarget' | 'limits'>,
): Promise<LoadedTable<true> | null> {
  writeFileSync(file, bytes);
  const table = await accepted(() => loadTable(file, { ...options, limits: LIMITS }));
  if (table === null) return null;
  const { data, target, notices, schema } = table;
  expect(data.rows).toBeGreaterThan(0);
  expect(data.columns).toBe(schema.columns);
  expect(data.columnNames?.length ?? data.columns).toBe(data.columns);
  const width = target.kind === 'numbers' ? (target.width ?? 1) : 1;
  expect(target.values.length).toBe(data.rows * width);
  if (!isSparse(data)) expect(data.values.length).toBe(data.rows * data.columns);
  if (options.missingCells !== 'keep') expect(data.values?.every(Number.isFinite) ?? true).toBe(true);
  expect(notices.join('')).not.toMatch(/[\p{Cc}\u202e\u2028\ufeff]/u);
  return table;
}

/** The numbers of a row of X, whichever way it is kept. */
export function rowOf({ data }: LoadedTable, row: number): Float64Array {
  const { columns } = data;
  if (!isSparse(data)) return Float64Array.from(data.values.subarray(row * columns, (row + 1) * columns));
  const dense = new Float64Array(columns);
  for (let k = data.indptr[row]!; k < data.indptr[row + 1]!; k++) dense[data.indices[k]!]! = data.values?.[k] ?? 1;
  return dense;
}

/** What JSON is made of, within texts of JSON too. */
export const JSON_PIECES = ['"', '\\"', '{', '}', '[', ']', ',', ':', '0', '-1', '1e999', 'null'];
