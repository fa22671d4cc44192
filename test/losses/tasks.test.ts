/** A loss of several tasks is the mean of theirs in everything; and the way from a target to a model and its predictions. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { Model } from '../../lib/io/model.js';
import { toOnnx } from '../../lib/io/onnx/export.js';
import { lossByName } from '../../lib/losses/index.js';
import { taskLosses, tasks } from '../../lib/losses/tasks.js';
import { evaluation } from '../../lib/metrics/evaluation.js';
import { reportOf } from '../../lib/report/report.js';
import { train } from '../../lib/train.js';
import { errorOrder } from '../support/order.js';
import { normals, taskProblem } from '../support/problems.js';
import { networkNamed } from '../support/problems.js';
import { dot, plus } from '../support/reference.js';

const loss = tasks([
  { outputs: 2, loss: 'huber', weight: 3 },
  { outputs: 3, loss: 'softmax' },
  { outputs: 1, loss: 'logistic', name: 'there' },
]);
const random = createRandom(5);
const draws = Array.from({ length: 8 }, () => ({
  o: normals(random, 6, 2),
  d: normals(random, 6),
  y: Float64Array.of(3 * random.normal(), random.normal(), random.integer(3), random.uniform() < 0.5 ? -1 : 1),
}));

function row(o: Float64Array, y: Float64Array) {
  const [slope, curvature] = [new Float64Array(6), new Float64Array(36)];
  return { value: loss.row(o, 0, 6, y, 0, slope, curvature), slope, curvature };
}

describe('tasks', () => {
  it('is the mean of its losses with their shares', () => {
    const huber = lossByName('huber');
    for (const { o, y } of draws) {
      const sum =
        0.6 * huber.row(o, 0, 2, y, 0, null, null) +
        0.2 * lossByName('softmax').row(o, 2, 3, y, 2, null, null) +
        0.2 * lossByName('logistic').row(o, 5, 1, y, 3, null, null);
      expect(row(o, y).value).toBeCloseTo(sum, 13);
    }
    expect(loss.targetWidth(6)).toBe(4);
    expect(loss.parameters).toEqual({ 'huber.share': 0.6, 'huber.delta': 1.35, 'softmax.share': 0.2, 'there.share': 0.2 });
  });

  it('has a slope of Taylor order 2, a root of its curvature, and stays below what its growth integrates to', async () => {
    for (const { o, y, d } of draws) {
      const { value, slope, curvature } = row(o, y);
      const order = await errorOrder((h) => row(plus(o, h, d), y).value - value - h * dot(slope, d));
      expect(order).toBeGreaterThan(1.9);
      const mean = new Float64Array(36);
      for (let bits = 0; bits < 64; bits++) {
        const e = Float64Array.from({ length: 6 }, (_, a) => ((bits >> a) & 1 ? 1 : -1));
        loss.curvatureRoot!(o, 0, 6, y, 0, e);
        mean.forEach((_, i) => (mean[i]! += (e[Math.floor(i / 6)]! * e[i % 6]!) / 64));
      }
      mean.forEach((one, i) => expect(one).toBeCloseTo(curvature[i]!, 12));
      const M = loss.growth!(d, 0, 6);
      const c = d.reduce((sum, one, a) => sum + one * dot(curvature.subarray(6 * a, 6 * a + 6), d), 0);
      for (const t of [-3, -0.5, 0.5, 3]) {
        const bound = value + t * dot(slope, d) + (c * (Math.expm1(M * Math.abs(t)) - M * Math.abs(t))) / (M * M);
        expect(row(plus(o, t, d), y).value).toBeLessThanOrEqual(bound + 1e-12);
      }
    }
  });

  it('reads and writes where it is told', () => {
    const { o, y } = draws[0]!;
    const [slope, shifted] = [new Float64Array(6), Float64Array.of(9, ...o, 9)];
    expect(loss.row(shifted, 1, 6, Float64Array.of(7, 7, ...y), 2, slope, null)).toBe(row(o, y).value);
    expect(slope).toEqual(row(o, y).slope);
  });

  it('tells which number of a row no task takes', () => {
    expect(loss.targetProblem(5, 6, 0)).toBeNull();
    expect(loss.targetProblem(5, 6, 2)).toBe("a class index from 0 to 2 for the softmax loss of the task 'softmax'");
    expect(loss.targetProblem(5, 6, 3)).toBe("-1 or +1 for the logistic loss of the task 'there'");
  });

  it('refuses what is no list of tasks', () => {
    const one = { outputs: 1, loss: 'squared' } as const;
    expect(() => tasks([one])).toThrow('The tasks must be a list of at least two');
    expect(() => tasks([one, { ...one, outputs: 0 }])).toThrow('The outputs of a task must be an integer of at least 1');
    expect(() => tasks([one, { ...one, weight: 0 }])).toThrow('The weight of a task must be');
    expect(() =>
      tasks([
        { ...one, name: 'a' },
        { ...one, name: 'a' },
      ]),
    ).toThrow("'a' came twice");
    expect(() => tasks([one, { outputs: 1, loss: 'square' as never }])).toThrow(/squared/);
    expect(tasks([one, one]).tasks!.map(({ name }) => name)).toEqual(['squared-1', 'squared-2']);
    expect(() => loss.targetWidth(5)).toThrow('The network must be 6 outputs wide, as the tasks, but 5 was given.');
  });
});

describe('a model of several tasks', () => {
  const { x, rows, columns, targets, loss: own } = taskProblem({ rows: 200, seed: 3, network: networkNamed('mlp 4 tanh') });
  const data = { values: x, rows, columns };
  const y = { values: targets, width: 2 };
  const options = { network: 'mlp', hidden: [6], loss: own, maxIterations: 60 } as const;

  it('is trained by any direction, predicts what its targets are made of, and is saved and loaded with its loss', async () => {
    const training = await train({ x: data, y }, options);
    const { model, scores } = training;
    expect(Object.keys(scores)).toEqual(['loss']);
    expect(training.automatic).toMatch(/^auto chose kronecker-lbfgs/);
    const predicted = (await model.predict(data)) as number[][];
    const right = predicted.filter(([, label], i) => label === targets[2 * i + 1]).length / rows;
    expect(right).toBeGreaterThan(0.8);
    const outputs = await model.outputs(data);
    expect(predicted[7]![0]).toBe(outputs[28]);
    const losses = taskLosses(own, outputs, targets);
    expect((2 * losses['squared']! + losses['softmax']!) / 3).toBeCloseTo(scores.loss, 12);
    expect((await model.evaluate(data, y)).loss).toBeCloseTo(scores.loss, 12);
    expect((await evaluation(model, data, y)).metrics).toEqual({ loss: expect.closeTo(scores.loss, 12) });
    expect(model.predictor().predict(x.subarray(0, columns))).toEqual(predicted[0]);
    expect(toOnnx(model).length).toBeGreaterThan(100);
    expect(await reportOf(training, { test: { x: data, y } })).toContain('</html>');
    await expect(model.probabilities(data)).rejects.toThrow('Probabilities must come from');

    const folder = await mkdtemp(path.join(tmpdir(), 'planesearch-tasks-'));
    const file = path.join(folder, 'two.planesearch');
    await model.save(file);
    expect(await (await Model.load(file, own)).predict(data)).toEqual(predicted);
    await expect(Model.load(file)).rejects.toThrow(/its loss must be one of/);
    await rm(folder, { recursive: true });
  });

  it('refuses targets that are not those of the tasks', async () => {
    const other = { values: targets, width: 1 };
    await expect(train({ x: { values: x, rows: rows * 2, columns: columns / 2 }, y: other }, options)).rejects.toThrow(
      'The target must be of 2 numbers a row, as the tasks take, but 1 was given.',
    );
    const wrong = { values: targets.map((value, e) => (e === 9 ? 3 : value)), width: 2 };
    await expect(train({ x: data, y: wrong }, options)).rejects.toThrow(
      "a class index from 0 to 2 for the softmax loss of the task 'softmax', but there is 3 in row 4",
    );
    await expect(train({ x: data, y: Array.from({ length: rows }, () => 'a') }, options)).rejects.toThrow(
      /needs a row of numbers/,
    );
  });

  it('holds out rows, and chooses its penalty', async () => {
    const held = await train({ x: data, y }, { ...options, validation: 0.2, maxIterations: 5 });
    expect(held.validation!.rows).toBe(40);
    const chosen = await train({ x: data, y }, { loss: own, l2: 'folds', maxIterations: 30 });
    expect(chosen.penalty).not.toBeNull();
  });
});
