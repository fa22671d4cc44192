import type { IterationRecord } from '../core/iteration-record.js';
import type { StatusLine } from './status-line.js';

/** Keeps `line` showing how far the run is; `line.clear()` when it is over. */
export function progress(line: StatusLine): (record: IterationRecord) => void {
  return (record) => {
    if (line.due) line.show(progressText(record));
  };
}

export function progressText({ iteration, rows, objective, gradientNorm, seconds }: IterationRecord): string {
  const numbers = `objective ${objective.toPrecision(8)}, gradient norm ${gradientNorm.toExponential(2)}`;
  return `iteration ${iteration} on ${rows} rows: ${numbers}, ${seconds.toFixed(1)} s`;
}
