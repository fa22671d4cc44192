/** What is done with every row of a target is done in pieces, and with a copy that the caller cannot reach. */
import { describe, expect, it } from 'vitest';
import { r2, r2Steps } from '../../lib/metrics/r2.js';
import { atOnce, STRIDE, type Steps } from '../../lib/core/pace.js';
import { chooseTask, decodeSteps, encodeSteps, lossSteps, rawTarget, type GivenTarget } from '../../lib/data/index.js';
import { indexSteps } from '../../lib/data/label-index.js';
import { scores } from '../../lib/metrics/scores.js';
import { codings } from '../../lib/losses/coding.js';
import { lossOf, taskSteps } from '../../lib/losses/task.js';
import { train } from '../../lib/index.js';

const rows = 10 * STRIDE;

/** How often work yields on its way. */
function yields(work: Steps<unknown>): number {
  let count = 0;
  while (!work.next().done) count++;
  return count;
}

const list = <T>(entry: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => entry(row));

const targets: readonly (readonly [string, GivenTarget, 'classification' | 'regression'])[] = [
  ['text', list((i) => `label ${i % 7}`), 'classification'],
  ['two classes of numbers', list((i) => i % 2), 'classification'],
  [
    'numbers as they are written',
    { kind: 'numbers', values: Float64Array.from(list((i) => i % 3)), texts: list((i) => `0${i % 3}`) },
    'classification',
  ],
  ['numbers', Float64Array.from(list((i) => Math.sin(i))), 'regression'],
  ['numbers as text', list((i) => String(i % 11)), 'regression'],
  ['rows of numbers', list((i) => [i, -i]), 'regression'],
  ['sets', list((i) => (i % 2 === 0 ? ['a'] : ['b', 'c'])), 'classification'],
];

describe.each(targets)('the loops over %s', (_what, y, kind) => {
  const raw = rawTarget(y);
  const task = chooseTask(raw, 'array', 'auto', kind);
  const loss = lossOf(task);

  it('yield every few thousand rows', () => {
    expect(yields(taskSteps(raw, loss, kind))).toBeGreaterThanOrEqual(10);
    expect(yields(encodeSteps(raw, task, loss))).toBeGreaterThanOrEqual(20);
    const outputs = new Float64Array(rows * task.outputs);
    expect(yields(decodeSteps(outputs, task.outputs, task, loss))).toBeGreaterThanOrEqual(10);
    if (kind === 'regression' || raw.kind === 'label-sets') return;
    expect(yields(lossSteps(raw, 'array', kind))).toBeGreaterThanOrEqual(10);
    expect(yields(indexSteps(raw))).toBeGreaterThanOrEqual(10);
  });
});

it('the score of a regression yields, and is that of each target', () => {
  const truth = Float64Array.from({ length: 2 * rows }, (_, e) => (e % 2 === 0 ? e : 5));
  const predicted = truth.map((y, e) => y + (e % 2 === 0 ? 1 : 0));
  expect(yields(r2Steps(predicted, truth, 0, 2))).toBe(20);
  const one = (values: Float64Array): Float64Array => values.filter((_, e) => e % 2 === 0);
  const work = r2Steps(predicted, truth, 0, 2);
  let last = work.next();
  while (!last.done) last = work.next();
  expect(last.value).toBe(r2(one(truth), one(predicted)));
});

it('the scores of a model yield, the oftener the more outputs a row has, and are those of each row', () => {
  for (const [name, coding, outputs] of [
    ['logistic', 'two-classes', 1],
    ['softmax', 'classes', 4],
    ['logistic', 'label-sets', 2],
    ['squared', 'numbers', 2],
    ['poisson', 'numbers', 1],
  ] as const) {
    const task = { loss: name, parameters: {}, coding, outputs, classes: ['a', 'b', 'c', 'd'] };
    const loss = lossOf(task);
    const width = loss.targetWidth(outputs);
    const predicted = Float64Array.from({ length: rows * outputs }, (_, e) => Math.sin(e));
    const truth = Float64Array.from({ length: rows * width }, (_, e) =>
      coding === 'classes' ? e % 4 : e % 3 === 1 ? 1 : -1,
    );
    if (name === 'poisson') truth.forEach((y, e) => (truth[e] = Math.abs(y)));
    expect(yields(scores(predicted, truth, task, loss)), name).toBeGreaterThanOrEqual(2 * (10 * outputs - 1));
    const given = predicted.slice();
    const { loss: mean, accuracy, r2: fit } = atOnce(scores(predicted, truth, task, loss));
    expect(predicted).toEqual(given);
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += loss.row(predicted, i * outputs, outputs, truth, i * width, null, null);
    expect(mean).toBe(sum / rows);
    const { hits } = codings[coding];
    expect(accuracy).toBe(hits && hits(predicted, outputs, truth, 0, rows) / rows);
    const means = predicted.map((o) => loss.prediction?.(o) ?? o);
    const column = (values: Float64Array, a: number): Float64Array => values.filter((_, e) => e % outputs === a);
    const fits = Array.from({ length: hits ? 0 : outputs }, (_, a) => r2(column(truth, a), column(means, a)));
    expect(fit).toBe(hits ? undefined : fits.reduce((total, one) => total + one, 0) / outputs);
  }
});

describe('labels that change', () => {
  const x = { values: Float64Array.of(1, 2, 3, 4, 5, 6), rows: 6, columns: 1 };

  it('are looked at anew in every evaluation', async () => {
    const y = Float64Array.of(0, 0, 0, 1, 1, 1);
    const { model } = await train({ x, y });
    expect(await model.evaluate(x, y)).toMatchObject({ accuracy: 1 });
    y.set([1, 1, 1, 0, 0, 0]);
    expect(await model.evaluate(x, y)).toMatchObject({ accuracy: 0 });
    const tagged = { kind: 'numbers' as const, values: Float64Array.of(0, 0, 0, 1, 1, 1), texts: [...'000111'] };
    const written = await train(
      { x, y: { ...tagged, texts: ['00', '00', '00', '01', '01', '01'] } },
      { task: 'classification' },
    );
    expect(written.model.spec.task.classes).toEqual(['00', '01']);
    const texts = ['00', '00', '00', '01', '01', '01'];
    expect(await written.model.evaluate(x, { ...tagged, texts })).toMatchObject({ accuracy: 1 });
    texts.reverse();
    expect(await written.model.evaluate(x, { ...tagged, texts })).toMatchObject({ accuracy: 0 });
  });

  it.each<[string, GivenTarget]>([
    ['a list of text', ['a', 'a', 'a', 'b', 'b', 'b']],
    ['a list of numbers', [0, 0, 0, 1, 1, 1]],
    ['a Float64Array', Float64Array.of(0, 0, 0, 1, 1, 1)],
  ])('are those of the call, where %s is changed after it', async (_what, y) => {
    const training = train({ x, y });
    (y as unknown[]).fill((y as unknown[])[0]);
    const { model, scores } = await training;
    expect(scores.accuracy).toBe(1);
    const right = model.spec.task.classes![0] === 'a' ? ['a', 'a', 'a', 'b', 'b', 'b'] : [0, 0, 0, 1, 1, 1];
    const given = [...right] as string[];
    const evaluation = model.evaluate(x, given);
    given.fill(given[5]!);
    expect(await evaluation).toMatchObject({ accuracy: 1 });
  });
});
