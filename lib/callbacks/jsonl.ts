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

/** The line of one record, its end included; `drift` is there only when the tracked product was formed anew, `grown` only when rows joined. */
export function traceLine(record: IterationRecord): string {
  const { iteration, rows, grown, objective, gradientNorm, steps, layerNorms, innerEvaluations } = record;
  const { products, seconds, status, drift } = record;
  const work = { innerEvaluations, products, seconds, status, drift };
  const line = { iteration, rows, grown, objective, gradientNorm, steps, layerNorms, ...work };
  return `${JSON.stringify(line)}\n`;
}
