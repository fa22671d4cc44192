/** A schema that comes back from a model file. */
import { PlanesearchError } from '../core/errors.js';
import { isCount, isObject } from '../core/plain.js';
import { dateOrders, type DateOrder } from './date-cell.js';
import { widthOfFeature } from './features.js';
import { vectorizerOf, type TextVectorizerState } from '../preprocessing/text-vectorizer.js';
import type { CsvFeature, CsvTarget, DataSchema } from './table.js';

/**
 * Checks a parsed JSON value.
 *
 * @throws PlanesearchError INVALID_MODEL when it is not a data schema, or its columns do not add up
 */
export function checkSchema(value: unknown): DataSchema {
  if (!isObject(value) || !isCount(value['columns'], 1)) throw damaged('a format and a number of columns');
  switch (value['format']) {
    case 'libsvm':
      if (![null, 'numbers', 'strings'].includes(value['target'] as string | null)) throw damaged('the kind of its target');
      if (![undefined, 0, 1].includes(value['indexBase'] as number | undefined)) throw damaged('0 or 1 as its first index');
      break;
    case 'idx':
      if (!Array.isArray(value['shape']) || !value['shape'].every((size) => isCount(size, 1))) throw damaged('a shape');
      if (productOf(value['shape']) !== value['columns']) throw damaged('a shape that gives its columns');
      if (![undefined, 1, 255].includes(value['divisor'] as number | undefined)) throw damaged('1 or 255 as its divisor');
      break;
    case 'array':
      if (value['target'] !== null && !(isCount(value['target'], 0) && value['target'] <= value['columns']))
        throw damaged('the place of its target');
      break;
    case 'csv':
    case 'table':
      checkColumns(value);
      break;
    default:
      throw damaged('one of the formats csv, table, libsvm, idx, array');
  }
  return value as unknown as DataSchema;
}

function productOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function checkColumns(value: Record<string, unknown>): void {
  const { columns, width, header, features, target, numbers, missing } = value;
  if (!isCount(width, 1) || typeof header !== 'boolean') throw damaged('a width and whether there is a header');
  if (!Array.isArray(features) || !features.every((item) => isFeature(item, width))) throw damaged('a list of features');
  if (target !== null && !isTarget(target, width)) throw damaged('a target');
  if (numbers !== undefined && !isNumberFormat(numbers)) throw damaged('a way to write numbers');
  if (missing !== undefined && !isTexts(missing)) throw damaged('a list of missing marks');
  const sum = (features as CsvFeature[]).reduce((total, feature) => total + widthOfFeature(feature), 0);
  if (sum !== columns) throw damaged(`the ${sum} columns of its features`);
}

function isFeature(value: unknown, width: number): value is CsvFeature {
  if (!isPlaced(value, width)) return false;
  const { kind, categories, others, fill, indicator, order } = value;
  if (indicator !== undefined && indicator !== true) return false;
  if (kind === 'categorical') {
    if (!isTexts(categories) || (others !== undefined && others !== true)) return false;
    // What stands for a missing cell has a column.
    return fill === undefined || (typeof fill === 'string' && (others === true || categories.includes(fill)));
  }
  if (kind === 'text') {
    if (!isObject(value['vectorizer'])) return false;
    vectorizerOf(value['vectorizer'] as unknown as TextVectorizerState);
    return fill === undefined && indicator === undefined;
  }
  if (kind !== 'numeric' && kind !== 'boolean' && kind !== 'date') return false;
  if (order !== undefined && (kind !== 'date' || !dateOrders.includes(order as DateOrder))) return false;
  return fill === undefined || (typeof fill === 'number' && Number.isFinite(fill));
}

function isNumberFormat(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { decimal, thousands } = value;
  return (
    (decimal === '.' || decimal === ',') && (thousands === null || (typeof thousands === 'string' && thousands !== decimal))
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isTarget(value: unknown, width: number): value is CsvTarget {
  return isPlaced(value, width) && (value['kind'] === 'numbers' || value['kind'] === 'strings');
}

function isPlaced(value: unknown, width: number): value is Record<string, unknown> {
  return isObject(value) && typeof value['name'] === 'string' && isCount(value['source'], 0) && value['source'] < width;
}

function damaged(expected: string): PlanesearchError {
  return new PlanesearchError('INVALID_MODEL', `The data schema of the model must have ${expected}.`, { expected });
}
