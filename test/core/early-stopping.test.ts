/** The counter of early stopping against its definition, record by record. */
import { describe, expect, it } from 'vitest';
import { checkEarlyStopping, EarlyStopping, type EarlyStoppingOptions } from '../../lib/core/early-stopping.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { createRandom } from '../../lib/core/random.js';
import type { Scores } from '../../lib/metrics/scores.js';

function recordOf(iteration: number, validation: Scores | undefined): IterationRecord {
  return { iteration, ...(validation && { validation }) } as IterationRecord;
}

/** Iterations of the best point and of the end. */
function follow(
  scores: readonly (Scores | undefined)[],
  options: EarlyStoppingOptions,
): { best: number; end: number | null } {
  const early = new EarlyStopping(options);
  let best = -1;
  for (const [k, validation] of scores.entries()) {
    if (early.see(recordOf(k, validation))) best = k;
    if (early.stop) return { best, end: k };
  }
  return { best, end: null };
}

const losses = (...values: number[]): Scores[] => values.map((loss) => ({ loss, accuracy: 0.5 }));

describe('loss', () => {
  it.each([
    [{ patience: 2 }, losses(5, 4, 3, 3.1, 3.2, 2), { best: 2, end: 4 }],
    [{ patience: 3 }, losses(5, 4, 3, 3.1, 3.2, 2), { best: 5, end: null }],
    [{ patience: 1 }, losses(5, 5, 4), { best: 0, end: 1 }],
    // What is no improvement may still be the best point.
    [{ patience: 3, minDelta: 1 }, losses(5, 4.5, 4.2, 4.1, 3), { best: 3, end: 3 }],
    [{ patience: 3, minDelta: 1 }, losses(5, 4.5, 3.9, 3.8, 3.7, 3.6), { best: 5, end: 5 }],
    [{ patience: 2 }, losses(NaN, 4, NaN, NaN), { best: 1, end: 3 }],
    [{ patience: 2 }, losses(NaN, NaN, NaN), { best: 0, end: 2 }],
  ] as const)('%j of %j', (options, scores, expected) => expect(follow(scores, options)).toEqual(expected));

  it('records without validation do not count', () => {
    expect(follow([undefined, undefined, undefined, ...losses(3, 4, 5)], { patience: 2 })).toEqual({ best: 3, end: 5 });
  });
});

it('accuracy: of equal ones the point with the lower loss, but no improvement', () => {
  const scores = [0.5, 0.8, 0.8, 0.8, 0.8].map((accuracy, k) => ({ accuracy, loss: [3, 2, 1.5, 1.7, 1.6][k]! }));
  expect(follow(scores, { monitor: 'accuracy', patience: 3 })).toEqual({ best: 2, end: 4 });
});

it('r2 is to become larger', () => {
  const scores = [0.1, 0.4, 0.3, 0.2].map((r2) => ({ r2, loss: 1 }));
  expect(follow(scores, { monitor: 'r2', patience: 2 })).toEqual({ best: 1, end: 3 });
});

it('ends where the definition says on any course', () => {
  const random = createRandom(6);
  for (let run = 0; run < 200; run++) {
    const patience = 1 + random.integer(6);
    const course = losses(...Array.from({ length: 40 }, (_, k) => Math.exp(-0.2 * k) + 0.1 * random.uniform()));
    const lows = course.map((_, k) => Math.min(...course.slice(0, k + 1).map(({ loss }) => loss)));
    const end = course.findIndex((_, k) => k >= patience && lows[k - patience] === lows[k]);
    const { best, end: found } = follow(course, { patience });
    expect(found).toBe(end < 0 ? null : end);
    expect(course[best]!.loss).toBe(lows[end < 0 ? 39 : end]);
  }
});

it('says what was compared, that it is not convergence, and what is returned', () => {
  const early = new EarlyStopping({ patience: 2, minDelta: 0.5 });
  for (const [k, loss] of [4, 3, 2.9, 2.8].entries()) early.see(recordOf(k, { loss, accuracy: 1 }));
  expect(early.stop).toEqual({
    reason: 'validation',
    detail:
      'the validation loss 2.8000 has not become better by more than 0.5 than the 3.0000 of iteration 1 for 2 iterations, ' +
      'the patience; the best point, of iteration 3 with the validation loss 2.8000, is returned',
    converged: false,
  });
  const gradient = { reason: 'gradient', detail: 'small', converged: true } as const;
  expect(early.told(gradient, 3)).toEqual(gradient);
  expect(early.told(gradient, 4)).toMatchObject({ reason: 'gradient', converged: false });
});

it('refuses what it does not understand', () => {
  expect(checkEarlyStopping({})).toMatchObject({ minDelta: 0, monitor: 'loss' });
  expect(() => checkEarlyStopping({ patience: 0 })).toThrow(
    'The patience of earlyStopping must be an integer of at least 1, but 0 was given.',
  );
  expect(() => checkEarlyStopping({ minDelta: -1 })).toThrow('The minDelta of earlyStopping must be');
  expect(() => checkEarlyStopping({ monitor: 'error' as never })).toThrow('must be one of loss, accuracy, r2');
  expect(() => checkEarlyStopping({ n_iter_no_change: 3 } as never)).toThrow("Did you mean 'patience'?");
  const accuracy = new EarlyStopping({ monitor: 'accuracy' });
  expect(() => accuracy.see(recordOf(0, { loss: 1, r2: 0 }))).toThrow('earlyStopping cannot monitor accuracy');
  const r2 = new EarlyStopping({ monitor: 'r2' });
  expect(() => r2.see(recordOf(0, { loss: 1, r2: NaN }))).toThrow('not defined of targets that are all equal');
});
