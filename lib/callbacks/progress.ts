import type { IterationRecord } from '../core/iteration-record.js';
import type { Scores } from '../io/scores.js';
import type { StatusLine } from './status-line.js';

/** Keeps `line` showing how far the run is; `line.clear()` when it is over. */
export function progress(line: StatusLine): (record: IterationRecord) => void {
  return (record) => {
    if (line.due) line.show(progressText(record));
  };
}

export function progressText({ iteration, rows, objective, validation, gradientNorm, seconds }: IterationRecord): string {
  const numbers = `objective ${objective.toPrecision(8)}, gradient norm ${gradientNorm.toExponential(2)}`;
  const fit = validation ? validationText(validation) : '';
  return `iteration ${iteration} on ${rows} rows: ${numbers}${fit}, ${seconds.toFixed(1)} s`;
}

function validationText({ loss, accuracy, r2 }: Scores): string {
  const second = accuracy === undefined ? `r2 ${r2!.toFixed(4)}` : `accuracy ${accuracy.toFixed(4)}`;
  return `, validation loss ${loss.toPrecision(5)}, ${second}`;
}
