import type { IterationRecord } from '../core/iteration-record.js';
import type { Callback } from '../core/trainer.js';
import type { Scores } from '../metrics/scores.js';
import type { PathMember } from '../selection/penalty-path.js';
import type { StatusLine } from './status-line.js';

/** Keeps `line` showing how far the run is; `line.clear()` when it is over. */
export function progress(line: StatusLine): Callback {
  const callback: Callback = (record) => {
    if (line.due) line.show(progressText(record));
  };
  return Object.assign(callback, { penalty: penaltyProgress(line) });
}

/** The same while a penalty is chosen. */
export function penaltyProgress(line: StatusLine): (tried: PathMember) => void {
  return (tried) => {
    if (line.due) line.show(penaltyText(tried));
  };
}

function penaltyText({ l1, l2, layerPenalties, loss }: PathMember): string {
  const penalties = [...(l1 === undefined ? [] : [`l1 ${l1.toPrecision(4)}`]), `l2 ${l2.toPrecision(4)}`];
  const byLayer = layerPenalties ? ` times ${layerPenalties.map((c) => c.toPrecision(3)).join(', ')} by layer` : '';
  return `choosing the penalty: with ${penalties.join(' and ')}${byLayer} rows left out lose ${loss.toPrecision(5)}`;
}

function progressText({ iteration, rows, objective, validation, gradientNorm, seconds }: IterationRecord): string {
  const numbers = `objective ${objective.toPrecision(8)}, gradient norm ${gradientNorm.toExponential(2)}`;
  const fit = validation ? validationText(validation) : '';
  return `iteration ${iteration} on ${rows} rows: ${numbers}${fit}, ${seconds.toFixed(1)} s`;
}

function validationText({ loss, accuracy, r2 }: Scores): string {
  const second = accuracy === undefined ? `r2 ${r2!.toFixed(4)}` : `accuracy ${accuracy.toFixed(4)}`;
  return `, validation loss ${loss.toPrecision(5)}, ${second}`;
}
