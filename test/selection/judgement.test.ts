/** What rows left out are worth, with numbers worked out by hand. */
import { expect, it } from 'vitest';
import { squared } from '../../lib/losses/index.js';
import { compareRows, judgeRows } from '../../lib/selection/judgement.js';

const judged = (outputs: readonly number[], sampleWeights?: readonly number[]) => ({
  loss: squared(),
  targets: new Float64Array(outputs.length),
  sampleWeights: sampleWeights && Float64Array.from(sampleWeights),
  matrix: { rows: outputs.length } as never,
});

/** Outputs whose squared loss is the number, the target being 0. */
const losing = (losses: readonly number[]) => losses.map((loss) => Math.sqrt(2 * loss));

async function judge(losses: readonly number[], weights?: readonly number[]) {
  const outputs = losing(losses);
  return judgeRows(judged(outputs, weights), Float64Array.from(outputs));
}

/** Losses 1 and 3 in turn: mean 2, and sum (loss - 2)^2 their number. */
const alike = (rows: number) => Array.from({ length: rows }, (_, i) => 1 + 2 * (i % 2));

it('is the mean and its standard error where rows are alike', async () => {
  const { loss, standardError, capped } = await judge(alike(40));
  expect(loss).toBeCloseTo(2, 12);
  expect(standardError).toBeCloseTo(1 / Math.sqrt(40), 12);
  expect(capped).toBeNull();
});

it('one row moves the mean by two standard errors of the others, two of a kind by what they lose', async () => {
  const { loss, capped } = await judge([...alike(36), 1e6]);
  expect(capped).toBe(36);
  expect(loss).toBeCloseTo((36 * 2 + 2 + 2 * 6) / 37, 10);
  expect((await judge([1e9, ...alike(36)])).loss).toBeCloseTo(loss, 10);
  const two = await judge([1e6, ...alike(36), 1e6]);
  expect(two.capped).toBeNull();
  expect(two.loss).toBeCloseTo((2e6 + 72) / 38, 4);
  // Less than that is what it is; so is anything among a handful.
  expect((await judge([...alike(36), 13.9])).capped).toBeNull();
  expect((await judge([...alike(28), 1e6])).capped).toBeNull();
});

it('a row of weight 2 is held to half as much; one without weight is not judged', async () => {
  const heavy = await judge([1e6, ...alike(36)], [2, ...new Array(36).fill(1)]);
  expect(heavy.capped).toBe(0);
  expect(heavy.loss).toBeCloseTo((36 * 2 + 2 * (2 + 6)) / 38, 10);
  const { loss, capped } = await judge([1e6, ...alike(36)], [0, ...new Array(36).fill(1)]);
  expect(capped).toBeNull();
  expect(loss).toBeCloseTo(2, 12);
});

it('an infinite loss stays one', async () => {
  expect(await judge([1, Infinity, 2])).toEqual({ loss: Infinity, standardError: Infinity, capped: null });
});

it('compares row by row, in the folds asked for', async () => {
  const [more, less] = [losing([3, 5, 7, 100]), losing([1, 2, 6, 1])];
  const folds = Uint8Array.of(0, 0, 1, 2);
  const { loss, standardError } = await compareRows(
    judged(more),
    Float64Array.from(more),
    Float64Array.from(less),
    folds,
    2,
  );
  // 2, 3 and 1.
  expect(loss).toBeCloseTo(2, 12);
  expect(standardError).toBeCloseTo(Math.sqrt(2) / 3, 12);
});

it('in a comparison no row far off decides, neither for nor against', async () => {
  const rows = 37;
  const folds = new Uint8Array(rows);
  const compare = async (far: number) => {
    const [more, less] = [
      losing([...alike(36).map((loss) => loss + 2), Math.max(far, 0)]),
      losing([...new Array(36).fill(2), Math.max(-far, 0)]),
    ];
    return compareRows(judged(more), Float64Array.from(more), Float64Array.from(less), folds, 1);
  };
  // Differences 1 and 3 in turn, of which two standard errors of the mean are 2 / 6 of 36 rows: 12 of one.
  expect((await compare(1e6)).loss).toBeCloseTo((72 + 2 + 12) / 37, 10);
  expect((await compare(-1e6)).loss).toBeCloseTo((72 + 2 - 12) / 37, 10);
});
