/** What a conversion leaves beside its NPY file: `X.npy.schema.json`, the schema of the data, and what the labels are. */
import { isDeepStrictEqual } from 'node:util';
import { describe, isOurs, PlanesearchError } from '../../core/errors.js';
import { openInputFile } from '../../io/input-file.js';
import { parseStrictJson } from '../../io/strict-json.js';
import { checkSchema } from '../schema.js';
import type { DataSchema } from '../table.js';
import { areStoredLabels, type StoredLabels } from './label-codes.js';

const VERSION = 1;

export interface Converted {
  readonly rows: number;
  readonly schema: DataSchema;
  /** Null where no labels were written. */
  readonly labels: StoredLabels | null;
}

export function schemaPath(path: string): string {
  return `${path}.schema.json`;
}

export function convertedText({ rows, schema, labels }: Converted): string {
  return `${JSON.stringify({ planesearch: VERSION, rows, schema, labels }, null, 1)}\n`;
}

/** What lies beside `path`, null where nothing does. @throws PlanesearchError UNREADABLE_FILE */
export async function readConverted(path: string): Promise<Converted | null> {
  try {
    return await readSchemaFile(schemaPath(path));
  } catch (error) {
    if (isOurs(error) && error.code === 'FILE_NOT_FOUND') return null;
    throw error;
  }
}

/** @throws PlanesearchError FILE_NOT_FOUND, UNREADABLE_FILE for what no conversion has written */
export async function readSchemaFile(path: string): Promise<Converted> {
  const refuse = (problem: string, cause?: unknown): never => {
    const sentence = `${describe(path)} must be a schema that convert has written, but ${problem}.`;
    throw new PlanesearchError('UNREADABLE_FILE', sentence, { cause });
  };
  const { handle } = await openInputFile(path);
  const text = await handle.readFile().finally(() => handle.close());
  const value = parseStrictJson(text, (problem, cause) => refuse(`it ${problem}`, cause));
  const { planesearch, rows, schema, labels } = Object(value) as Record<string, unknown>;
  if (planesearch !== VERSION) refuse(`its "planesearch" is ${describe(planesearch)}, not ${VERSION}`);
  if (!Number.isSafeInteger(rows)) refuse(`its rows are ${describe(rows)}`);
  if (labels !== null && !areStoredLabels(labels)) refuse('its labels are none');
  try {
    return { rows: rows as number, schema: checkSchema(schema), labels: labels as StoredLabels | null };
  } catch (cause) {
    return refuse('its schema is damaged', cause);
  }
}

/** Whether two schemas make the same X of the same file, whatever they say of the target. */
export function isSameEncoding(a: DataSchema, b: DataSchema): boolean {
  return isDeepStrictEqual(encodingOf(a), encodingOf(b));
}

function encodingOf(schema: DataSchema): unknown {
  const { target: _, ...encoding } = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
  return encoding;
}
