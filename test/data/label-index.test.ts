/** Many labels are read in pieces, and what is found of them is what a look at each would find. */
import { describe, expect, it } from 'vitest';
import { paced, atOnce } from '../../lib/core/pace.js';
import { indexOf, indexSteps } from '../../lib/data/label-index.js';
import { rawTarget, readTarget, type GivenTarget } from '../../lib/data/raw-target.js';
import { chooseTask, encodeTarget, rowsOfTarget } from '../../lib/data/index.js';
import { train } from '../../lib/index.js';

describe('an index of labels', () => {
  it('has every label once, in the order met, and its place for every row', async () => {
    const raw = await readTarget(['b', 'a', 'b', 'c'], 4);
    expect(indexOf(raw.values)).toEqual({ distinct: ['b', 'a', 'c'], codes: Int32Array.of(0, 1, 0, 2) });
  });

  it('runs through sets of labels in a line', async () => {
    const raw = await readTarget([['b', 'a'], [], ['b']], 3);
    expect(indexOf(raw.values)).toEqual({ distinct: ['b', 'a'], codes: Int32Array.of(0, 1, 0) });
  });

  it('is not made of labels that are nearly all different', () => {
    const raw = rawTarget(Array.from({ length: 70000 }, (_, i) => `id ${i}`));
    atOnce(indexSteps(raw));
    expect(indexOf(raw.values)).toBeUndefined();
  });

  it.each<[string, GivenTarget]>([
    ['text', ['b', 'a', 'b', 'c', 'a']],
    ['two classes', ['no', 'yes', 'no']],
    ['numbers', [2, 1, 2, -0, 0]],
    ['numbers with their texts', { kind: 'numbers', values: Float64Array.of(2.1, 2.1, 3), texts: ['2.10', '2.1', '3'] }],
    ['sets', [['x'], [], ['y', 'x'], ['x', 'x']]],
  ])('gives the task and the targets that the labels give: %s', async (_what, y) => {
    const [looked, indexed] = [rawTarget(y), await readTarget(y, rowsOfTarget(rawTarget(y)))];
    const task = chooseTask(looked, 'array', 'auto', 'classification');
    expect(chooseTask(indexed, 'array', 'auto', 'classification')).toEqual(task);
    expect(encodeTarget(indexed, task)).toEqual(encodeTarget(looked, task));
  });

  it('names the row of a label that is not among the classes', async () => {
    const task = chooseTask(rawTarget(['a', 'b']), 'array', 'auto');
    const other = await readTarget(['a', 'b', 'b', 'c', 'c'], 5);
    expect(() => encodeTarget(other, task)).toThrow("there is 'c' in row 3 (counted from 0)");
    const sets = chooseTask(rawTarget([['a'], ['b']]), 'array', 'auto');
    const otherSets = await readTarget([['a'], ['b', 'c']], 2);
    expect(() => encodeTarget(otherSets, sets)).toThrow("there is 'c' in row 1 (counted from 0)");
  });
});

it('lets the event loop turn while 400000 labels are read, trained on and scored', async () => {
  const rows = 400000;
  const x = { values: Float64Array.from({ length: rows }, (_, i) => i % 10), rows, columns: 1 };
  const y = Array.from(x.values, (value) => (value < 5 ? 'low' : 'high'));
  let turns = 0;
  let going = true;
  const turn = (): void => {
    turns++;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const { model, scores } = await train({ x, y }, { maxIterations: 2, backend: 'javascript' });
  const before = turns;
  expect(await model.evaluate(x, y)).toMatchObject({ accuracy: scores.accuracy });
  going = false;
  expect(scores.accuracy).toBe(1);
  expect(turns - before).toBeGreaterThan(2);
});

it('hands on what a paced piece of work returns or throws', async () => {
  const work = function* (fail: boolean): Generator<void, number, undefined> {
    yield;
    if (fail) throw new Error('broken');
    return 3;
  };
  expect([await paced(work(false)), atOnce(work(false))]).toEqual([3, 3]);
  await expect(paced(work(true))).rejects.toThrow('broken');
});
