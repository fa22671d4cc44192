import { requireInteger } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import { refuseUnknown } from '../core/option-names.js';
import type { Callback } from '../core/trainer.js';
import { penaltyProgress } from './progress.js';
import { StatusLine, type StatusStream } from './status-line.js';

export interface ProgressBarOptions {
  /** `maxIterations` of the run: with it the bar fills and says how long is left at most. */
  readonly total?: number | undefined;
  /** Default `process.stderr`. */
  readonly stream?: StatusStream | undefined;
}

const CELLS = 10;

/**
 * A line on a terminal that says how far the run is, gone when it is over: objective, validation loss, time left at most, products with X, the rates of
 * the last step, the rows that it looked at, seconds; as much of it as the terminal is wide. Silent where there is no terminal, and in
 * continuous integration (`CI` in the environment).
 */
export function ProgressBar(options: ProgressBarOptions = {}): Callback {
  refuseUnknown(options, ['total', 'stream'], { what: 'The options of ProgressBar' });
  const { total, stream = process.stderr } = options;
  if (total !== undefined) requireInteger('total', total, 1);
  if (!stream.isTTY || process.env['CI']) return () => undefined;
  const line = new StatusLine(stream);
  const callback: Callback = (record) => {
    if (line.due) line.show(barText(record, total, line.width));
  };
  return Object.assign(callback, { penalty: penaltyProgress(line), end: () => line.clear() });
}

/** `3/10 [###-------] objective 0.69310, 2.1 s left at most, 8 products, rate 0.51, 500 rows, 0.9 s`, without what is beyond `width`. */
export function barText(record: IterationRecord, total: number | undefined, width: number): string {
  const { iteration, rows, objective, products, seconds, validation } = record;
  const rates = ratesOf(record);
  const parts = [
    `objective ${objective.toPrecision(5)}`,
    ...(validation === undefined ? [] : [`validation ${validation.loss.toPrecision(4)}`]),
    ...(total === undefined || iteration === 0
      ? []
      : [`${Math.max(0, (seconds * (total - iteration)) / iteration).toFixed(1)} s left at most`]),
    `${products.multiply + products.multiplyTransposed} products`,
    ...(rates.length === 0 ? [] : [`rate ${rates.join(' ')}`]),
    `${rows} rows`,
    `${seconds.toFixed(1)} s`,
  ];
  const head = total === undefined ? `${iteration}` : `${iteration}/${total} ${bar(iteration / total)}`;
  const [first, ...others] = parts;
  return others.reduce(
    (text, part) => (text.length + part.length + 2 <= width ? `${text}, ${part}` : text),
    `${head} ${first}`,
  );
}

function bar(share: number): string {
  const filled = Math.floor(CELLS * Math.min(1, share));
  return `[${'#'.repeat(filled)}${'-'.repeat(CELLS - filled)}]`;
}

/** The learning rates of the last step: one, or one for every layer where they differ. */
function ratesOf({ steps }: IterationRecord): string[] {
  const rates = Object.values(steps).flatMap((columns) => Object.values(columns).slice(0, 1));
  return [...new Set(rates.map((rate) => rate.toPrecision(2)))];
}
