import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawTarget } from '../../lib/data/table.js';
import type { CodingName } from '../../lib/losses/coding.js';
import { losses, type Loss, type LossFactory } from '../../lib/losses/index.js';
import { decode, decodeTargets, encode, lossOf, taskOf } from '../../lib/losses/task.js';
import { expectError } from '../data/files.js';

/** Of losses by their name. */
type OwnCoding = Exclude<CodingName, 'by-task'>;

/** Random labels for every coding; numbers are positive, so that every loss takes them. */
const labels: Record<OwnCoding, fc.Arbitrary<RawTarget>> = {
  numbers: fc.integer({ min: 1, max: 3 }).chain((width) =>
    fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 10 }).map(
      (row): RawTarget => ({
        kind: 'numbers',
        width,
        values: Float64Array.from(Array.from({ length: width }, () => row).flat()),
      }),
    ),
  ),
  'two-classes': fc
    .array(fc.constantFrom('no', 'yes'), { minLength: 2, maxLength: 20 })
    .map((values) => ({ kind: 'strings', values: [...values, 'no', 'yes'] })),
  classes: fc
    .array(fc.integer({ min: -3, max: 30 }), { minLength: 1, maxLength: 20 })
    .map((values) => ({ kind: 'numbers', values: Float64Array.from([...values, 40, 41]) })),
  'label-sets': fc
    .array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 20 })
    .map((values) => ({ kind: 'label-sets', values: [...values, ['b'], []] })),
};

const pairs = Object.entries<LossFactory>(losses).flatMap(([name, make]) =>
  make().codings.map((coding) => ({ name, coding, loss: make() })),
);

describe.each(pairs)('$name with $coding', ({ loss, coding }) => {
  it('encodes what the loss takes, and gets it back', () => {
    fc.assert(
      fc.property(labels[coding as OwnCoding], (raw) => {
        const task = taskOf(raw, loss);
        expect(task.coding).toBe(coding);
        const kept = JSON.parse(JSON.stringify(task)) as typeof task;
        const targets = encode(raw, kept, loss);
        const rows = targets.length / loss.targetWidth(task.outputs);
        expect(decodeTargets(targets, kept)).toHaveLength(rows);
        expect(encode(likewise(raw, decodeTargets(targets, kept)), kept, loss)).toEqual(targets);
        const outputs = bestOutputs(loss, targets, rows, task.outputs);
        if (outputs) expect(decode(outputs, task.outputs, kept)).toEqual(decodeTargets(targets, kept));
        expect(lossOf(kept).parameters).toEqual(loss.parameters);
      }),
      { numRuns: 30 },
    );
  });
});

/** Labels as they came out, in the form in which they went in. */
function likewise(raw: RawTarget, out: readonly unknown[]): RawTarget {
  if (raw.kind === 'numbers') return { ...raw, values: Float64Array.from((out as number[]).flat()) };
  return { kind: raw.kind, values: out } as RawTarget;
}

/** Outputs that say the targets: the signs, one-hot rows, or nothing where a link stands between. */
function bestOutputs(loss: Loss, targets: Float64Array, rows: number, outputs: number): Float64Array | null {
  if (loss.prediction) return null;
  if (loss.targetWidth(outputs) === outputs) return targets;
  return Float64Array.from({ length: rows * outputs }, (_, e) => (targets[Math.floor(e / outputs)] === e % outputs ? 1 : 0));
}

describe('tasks', () => {
  const numbers = (...values: number[]): RawTarget => ({ kind: 'numbers', values: Float64Array.from(values) });
  const strings = (...values: string[]): RawTarget => ({ kind: 'strings', values });

  it('complain in the words of the coding that the labels were meant for', async () => {
    await expectError(
      () => taskOf(numbers(1, 2, 3), losses.logistic()),
      'INVALID_DATA',
      'needs two classes, but the target has 3 classes: 1, 2, 3',
    );
    await expectError(
      () => taskOf(strings('a', 'b', 'c'), losses['squared-hinge']()),
      'INVALID_DATA',
      'The squared-hinge loss needs two classes',
    );
    await expectError(
      () => taskOf(strings('1', 'x'), losses.gamma()),
      'INVALID_DATA',
      "The gamma loss needs numbers as target, but 'x'",
    );
    await expectError(
      () => taskOf({ kind: 'label-sets', values: [['a']] }, losses.softmax()),
      'INVALID_DATA',
      'needs one label for every row',
    );
    await expectError(
      () => taskOf({ kind: 'label-sets', values: [[], []] }, losses.logistic()),
      'INVALID_DATA',
      'at least one label',
    );
    await expectError(
      () => taskOf({ ...numbers(1, 2, 3, 4), width: 2 } as RawTarget, losses.logistic()),
      'INVALID_DATA',
      '2 numbers a row',
    );
  });

  it('check the targets of a loss, with the row', async () => {
    const raw = numbers(2, -1, 0);
    const loss = losses.poisson();
    await expectError(
      () => encode(raw, taskOf(raw, loss), loss),
      'INVALID_DATA',
      'at least 0 for the poisson loss',
      '-1 in row 1 (counted from 0)',
    );
    await expectError(() => encode(numbers(1, NaN), taskOf(raw, loss)), 'INVALID_DATA', 'NaN in row 1');
  });

  it('predict through the link', () => {
    const task = taskOf(numbers(1, 2), losses.poisson());
    expect(decode(Float64Array.of(0, Math.log(3)), 1, task)).toEqual([1, expect.closeTo(3, 14)]);
    expect(decode(Float64Array.of(1, 2, 3, 4), 2, { ...task, loss: 'squared', outputs: 2 })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("take a loss of the user's own, which then has to be given again", async () => {
    const own: Loss = { ...losses.squared(), name: 'own', prediction: (o) => 2 * o };
    const task = taskOf(numbers(1, 2), own);
    expect(decode(Float64Array.of(3), 1, task, own)).toEqual([6]);
    await expectError(() => decode(Float64Array.of(3), 1, task), 'INCOMPATIBLE', "The loss 'own' is not built in");
  });
});
