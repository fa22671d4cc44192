/** A training summary that comes back from a model file. */
import { isObject } from '../core/plain.js';
import type { HistoryColumns, TrainingSummary } from './training-summary.js';

type Json = Readonly<Record<string, unknown>>;

/** More entries than any summary of ours has. */
const MOST = 2 ** 14;

/** @param refuse throws with what is wrong with the entry */
export function checkTrainingSummary(value: unknown, refuse: (problem: string) => never): TrainingSummary {
  if (!isObject(value)) return refuse('must be an object');
  if (!isText(value['made']) || Number.isNaN(Date.parse(value['made']))) refuse('must say when it was made');
  for (const name of ['machine', 'data', 'settings', 'outcome'])
    if (!isListOf(value[name], (pair) => isListOf(pair, isText) && pair.length === 2))
      refuse(`must have pairs of texts as its ${name}`);
  const { table, penalties, history } = value;
  if (table !== undefined && !isTable(table)) refuse('must have texts as its table');
  if (penalties !== undefined && !isListOf(penalties, (pair) => isNumbers(pair, 2) && typeof pair[0] === 'number'))
    refuse('must have pairs of numbers as its penalties');
  if (!isHistory(history)) refuse('must have columns of one length as its history');
  return value as unknown as TrainingSummary;
}

function isTable(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, cells, left, notices } = value;
  return (
    isText(name) && isListOf(cells, (row) => isListOf(row, isText)) && typeof left === 'number' && isListOf(notices, isText)
  );
}

function isHistory(value: unknown): value is HistoryColumns {
  if (!isObject(value) || !Array.isArray(value['iteration'])) return false;
  const rows = value['iteration'].length;
  if (!['iteration', 'objective', 'gradientNorm', 'products', 'seconds'].every((name) => isNumbers(value[name], rows)))
    return false;
  const { loss, validation, steps, norms } = value;
  if (loss !== undefined && !isNumbers(loss, rows)) return false;
  if (validation !== undefined) {
    if (!isObject(validation) || !isText(validation['scoreName'])) return false;
    if (!isNumbers(validation['loss'], rows) || !isNumbers(validation['score'], rows)) return false;
  }
  const ofLayer = (one: unknown): one is Json => isObject(one) && isText(one['layer']);
  return (
    isListOf(steps, (one) => ofLayer(one) && isText(one['column']) && isNumbers(one['sizes'], rows)) &&
    isListOf(norms, (one) => ofLayer(one) && isNumbers(one['norms'], rows))
  );
}

function isNumbers(value: unknown, length: number): value is readonly (number | null)[] {
  return isListOf(value, (one) => one === null || Number.isFinite(one)) && value.length === length;
}

function isListOf(value: unknown, fine: (one: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MOST && value.every(fine);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
