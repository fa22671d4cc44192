/**
 * Pairs of many parameters are kept in float32. A problem and the same one with many columns of zeros have the same course, but only the
 * pairs of the second are long.
 */
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../../lib/checkpoint/state-codec.js';
import { Objective } from '../../lib/core/objective.js';
import { createRandom } from '../../lib/core/random.js';
import { iterationLimit } from '../../lib/core/stopping.js';
import { minimize, type TrainerState, type TrainingResult } from '../../lib/core/trainer.js';
import { lbfgs, type Direction } from '../../lib/directions/index.js';
import type { PairMemory } from '../../lib/directions/pair-memory.js';
import { squared } from '../../lib/losses/index.js';
import { linear } from '../../lib/networks/index.js';
import { plane, type StepRule } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { backends, quickest } from '../support/backends.js';
import { normals } from '../support/problems.js';

const [ROWS, INPUTS, LONG] = [60, 12, 70000];
const random = createRandom(4);
const values = normals(random, ROWS * INPUTS).map((x, e) => x * (1 + (e % INPUTS)));
const targets = normals(random, ROWS);

describe.each(backends)('on the $name backend', (backend) => {
  async function run(columns: number, unit: number): Promise<TrainingResult & { kept: PairMemory }> {
    const indptr = Float64Array.from({ length: ROWS + 1 }, (_, i) => i * INPUTS);
    const indices = Uint32Array.from(values, (_, e) => e % INPUTS);
    const matrix = await backend.matrix({ kind: 'csr', indptr, indices, values, rows: ROWS, columns });
    const architecture = linear().architecture(columns, 1);
    const spec = { matrix, architecture, loss: squared(), targets: targets.map((y) => unit * y), l2: 0.01, memory: 1 };
    const objective = new Objective({ ...spec, penalize: 'standardized' }, backend);
    let kept: PairMemory = { pairs: [] };
    const inner = lbfgs({ pairs: 4 });
    const direction = { ...inner, start: () => (kept = inner.start()) } as Direction;
    const options = { direction, stepRule: plane(gaussNewton()) as StepRule, memory: 1, stop: iterationLimit(8) };
    const result = await minimize(objective, new Float64Array(columns + 1), options);
    objective.dispose();
    matrix.dispose();
    return { ...result, kept };
  }

  it('the course is that of pairs in float64', async () => {
    const [short, long] = [await run(INPUTS, 1), await run(LONG, 1)];
    expect(short.kept.pairs.every(({ s, y }) => s instanceof Float64Array && y instanceof Float64Array)).toBe(true);
    expect(long.kept.pairs.length).toBe(4);
    expect(long.kept.pairs.every(({ s, y }) => s instanceof Float32Array && y instanceof Float32Array)).toBe(true);
    expect(long.history.length).toBe(short.history.length);
    long.history.forEach(({ objective }, k) => {
      const expected = short.history[k]!.objective;
      expect(Math.abs(objective - expected)).toBeLessThan(1e-5 * expected);
    });
  });

  it('what float32 cannot hold stays in float64', async () => {
    const [unit, long] = [1e40, await run(LONG, 1)];
    const large = await run(LONG, unit);
    expect(large.kept.pairs.every(({ s, y }) => s instanceof Float64Array && y instanceof Float64Array)).toBe(true);
    const [end, expected] = [large.objective / unit ** 2, long.objective];
    expect(Math.abs(end - expected)).toBeLessThan(1e-5 * expected);
  });
});

it('a state with pairs in float32 comes through a checkpoint, and goes on with the bits of the run', async () => {
  const data = { x: { values, rows: ROWS, columns: INPUTS }, y: targets };
  const hidden = { network: 'mlp', hidden: [5000], direction: 'lbfgs' } as const;
  const options: TrainOptions = { ...hidden, backend: quickest.name, tolerance: 0, maxIterations: 14 };
  const states: TrainerState[] = [];
  const whole = await train(data, { ...options, callbacks: [async (_, run) => void states.push(await run.state())] });
  const { pairs } = states[8]!.direction as PairMemory;
  expect(pairs.length).toBeGreaterThan(4);
  expect(pairs.every(({ s, y }) => s instanceof Float32Array && y instanceof Float32Array)).toBe(true);
  const state = decodeState(encodeState(states[8]!), expect.unreachable) as TrainerState;
  const rest = await train(data, { ...options, start: { state } });
  expect(rest.history.map(({ objective }) => objective)).toEqual(whole.history.map(({ objective }) => objective));
  expect(Buffer.from(rest.model.spec.parameters.buffer).equals(Buffer.from(whole.model.spec.parameters.buffer))).toBe(true);
});
