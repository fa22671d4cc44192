/** JSON lines with a vector and a label each, as embeddings come: `{"vector": [0.1, ...], "label": "spam"}`. */
import { describe, type PlanesearchError } from '../../core/errors.js';
import { Pace } from '../../core/pace.js';
import { dataError } from '../data-error.js';
import { checkDenseSize, allocateDense, type DenseData } from '../dense.js';
import { limitsFrom } from '../limits.js';
import { readTarget } from '../raw-target.js';
import { nameOf } from '../read-file.js';
import type { RawTarget, TableReading } from '../table.js';
import type { JsonObject, JsonRow } from './json-lines.js';
import type { JsonlOptions } from './jsonl.js';

const vectorKeys = ['vector', 'embedding'];
const labelKeys = ['label', 'target'];

/** The key of the vector in an object; null where there is none. */
export function vectorKey(object: JsonObject): string | null {
  return vectorKeys.find((key) => Array.isArray(object[key])) ?? null;
}

export async function readVectors(
  path: string,
  key: string,
  head: readonly JsonRow[],
  batches: AsyncIterable<readonly JsonRow[]>,
  options: JsonlOptions,
): Promise<TableReading<DenseData>> {
  const limits = limitsFrom(options.limits);
  const { schema, needsTarget } = options;
  const labelKey = needsTarget ? keyOfLabel(path, head[0]!, options) : null;
  const columns = vectorAt(path, head[0]!, key).length;
  const blocks: Float64Array[] = [];
  const labels: unknown[] = [];
  const pace = new Pace();
  let rows = 0;
  const add = (found: readonly JsonRow[]): void => {
    checkDenseSize(path, rows + found.length, columns, limits.matrixBytes, 'takes at least');
    const block = new Float64Array(found.length * columns);
    found.forEach((row, k) => {
      readVector(path, row, key, block, k * columns, columns);
      if (labelKey !== null) labels.push(labelOf(path, row, labelKey));
    });
    rows += found.length;
    blocks.push(block);
  };
  add(head);
  for await (const found of batches) add(found);
  const values = allocateDense(path, rows, columns, limits.matrixBytes);
  let at = 0;
  for (const block of blocks) {
    values.set(block, at);
    at += block.length;
    if (pace.due) await pace.yield();
  }
  const target: RawTarget | null = labelKey === null ? null : await readTarget(labels, rows);
  const told = labelKey === null ? '' : ` and ${describe(labelKey)} for the target (--target)`;
  const notices =
    schema === undefined
      ? [`${nameOf(path)}: took ${describe(key)} for the rows of X${told}; other keys were left out.`]
      : [];
  return {
    data: { values, rows, columns },
    target,
    schema: (schema as { format: 'array' } & typeof schema) ?? { format: 'array', columns, target: null },
    notices,
    incompleteRows: [],
  };
}

function vectorAt(path: string, { value, line }: JsonRow, key: string): readonly unknown[] {
  const vector = value[key];
  if (Array.isArray(vector) && vector.length > 0) return vector;
  throw badVector(path, line, key, 'a list of numbers', vector);
}

function readVector(path: string, row: JsonRow, key: string, values: Float64Array, at: number, columns: number): void {
  const vector = vectorAt(path, row, key);
  if (vector.length !== columns) throw badVector(path, row.line, key, `${columns} numbers long, as the first is`, vector);
  for (let j = 0; j < columns; j++) {
    const number = vector[j];
    // 1e999 is JSON, and infinite.
    if (!Number.isFinite(number)) throw badVector(path, row.line, `${key}[${j}]`, 'a finite number', number);
    values[at + j] = number as number;
  }
}

function badVector(path: string, line: number, key: string, expected: string, received: unknown): PlanesearchError {
  const shown = describe(received);
  return dataError(
    `Line ${line} of ${nameOf(path)}: ${describe(key)} must be ${expected}, but is ${shown}.`,
    expected,
    shown,
  );
}

function keyOfLabel(path: string, { value }: JsonRow, { target }: JsonlOptions): string {
  const key = typeof target === 'string' ? target : labelKeys.find((name) => Object.hasOwn(value, name));
  if (key !== undefined && Object.hasOwn(value, key)) return key;
  const sentence = `The first object of ${nameOf(path)} must have a target (--target), but its keys are ${Object.keys(value).slice(0, 20).map(describe).join(', ')}.`;
  throw dataError(sentence, describe(key ?? 'label'), 'none');
}

/** True and false are words. */
function labelOf(path: string, { value, line }: JsonRow, key: string): unknown {
  const label = value[key];
  if (typeof label === 'boolean') return String(label);
  if (label !== undefined && label !== null) return label;
  throw dataError(`Line ${line} of ${nameOf(path)} must have a target ${describe(key)}, but has ${describe(label)}.`);
}
