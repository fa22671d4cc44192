import { requireInteger } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import { refuseUnknown } from '../core/option-names.js';
import type { Callback } from '../core/trainer.js';
import { StatusLine, type StatusStream } from './status-line.js';

export interface ProgressBarOptions {
  /** `maxIterations` of the run: with it the bar fills and says how long is left at most. */
  readonly total?: number | undefined;
  /** Default `process.stderr`. */
  readonly stream?: StatusStream | undefined;
}

const CELLS = 20;

/**
 * A line on a terminal that says how far the run is, gone when it is over. Silent where there is no terminal, and in continuous
 * integration (`CI` in the environment).
 */
export function ProgressBar(options: ProgressBarOptions = {}): Callback {
  refuseUnknown(options, ['total', 'stream'], { what: 'The options of ProgressBar' });
  const { total, stream = process.stderr } = options;
  if (total !== undefined) requireInteger('total', total, 1);
  if (!stream.isTTY || process.env['CI']) return () => undefined;
  const line = new StatusLine(stream);
  const callback: Callback = (record) => {
    if (line.due) line.show(barText(record, total));
  };
  return Object.assign(callback, { end: () => line.clear() });
}

/** `3/10 [######--------------] objective 0.6931, 2 products/iteration, 0.5 s, 1.2 s left` */
export function barText(record: IterationRecord, total: number | undefined): string {
  const { iteration, objective, products, seconds, validation } = record;
  const used = products.multiply + products.multiplyTransposed;
  const loss = validation === undefined ? '' : `, validation ${validation.loss.toPrecision(5)}`;
  const text = `objective ${objective.toPrecision(6)}${loss}, ${used} products, ${seconds.toFixed(1)} s`;
  if (total === undefined) return `${iteration} ${text}`;
  const share = Math.min(1, iteration / total);
  const filled = Math.floor(CELLS * share);
  const left = iteration === 0 ? '' : `, at most ${((seconds * (total - iteration)) / iteration).toFixed(1)} s left`;
  return `${iteration}/${total} [${'#'.repeat(filled)}${'-'.repeat(CELLS - filled)}] ${text}${left}`;
}
