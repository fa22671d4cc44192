import { requireNumber } from '../core/errors.js';
import type { Callback } from '../core/trainer.js';

/** Ends the run after the iteration in which `seconds` have gone by, those before a resumption included. */
export function TimeLimit(seconds: number): Callback {
  requireNumber('The seconds of TimeLimit', seconds, 0);
  return (record) => record.seconds < seconds;
}
