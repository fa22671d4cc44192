import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { PlanesearchError } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';

/**
 * Writes every record as one line of JSON, the starting point (iteration 0) first. The stream stays open: ending it is the
 * caller's part.
 *
 * @returns a callback that throws UNWRITABLE_FILE, and so ends the run, once the stream has failed
 */
export function jsonl(stream: Writable): (record: IterationRecord) => Promise<void> {
  let failure: Error | null = null;
  stream.on('error', (error) => {
    failure = error;
  });
  return async (record) => {
    if (!failure && !stream.write(traceLine(record))) await once(stream, 'drain').catch(() => undefined);
    if (failure) {
      const sentence = `The trace could not be written: ${failure.message}.`;
      throw new PlanesearchError('UNWRITABLE_FILE', sentence, { cause: failure });
    }
  };
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
