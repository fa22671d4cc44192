import type { Writable } from 'node:stream';
import type { IterationRecord } from '../core/iteration-record.js';
import { recordLines, type RecordCallback } from './record-lines.js';

/**
 * Writes every record as one line of JSON, the starting point (iteration 0) first, also in a run that is resumed. The stream stays open:
 * ending it is the caller's part.
 *
 * @returns a callback that throws UNWRITABLE_FILE, and so ends the run, once the stream has failed
 */
export function jsonl(stream: Writable): RecordCallback {
  return recordLines(stream, traceLine);
}

/**
 * The line of one record, its end included; `loss` and `validation` are there only with validation, `drift` only when the tracked
 * product was formed anew, `grown` only when rows joined.
 */
export function traceLine(record: IterationRecord): string {
  const { iteration, rows, grown, objective, loss, validation, gradientNorm, steps, layerNorms } = record;
  const { innerEvaluations, products, seconds, status, drift } = record;
  const fit = { iteration, rows, grown, objective, loss, validation, gradientNorm };
  const line = { ...fit, steps, layerNorms, innerEvaluations, products, seconds, status, drift };
  return `${JSON.stringify(line)}\n`;
}
