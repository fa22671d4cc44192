/** Runs over a sample that grows: what they keep from stage to stage, and that they end where a run over all rows does. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../lib/backends/backend.js';
import type { IterationRecord } from '../../lib/core/iteration-record.js';
import { Objective } from '../../lib/core/objective.js';
import * as stopping from '../../lib/core/stopping.js';
import { createTrainer, minimize, type Callback, type TrainerState, type TrainingResult } from '../../lib/core/trainer.js';
import type { Direction } from '../../lib/directions/index.js';
import { growing } from '../../lib/sampling/growing.js';
import type { StepRule } from '../../lib/steps/index.js';
import { backends, nativeAbsence, nativeBackend } from '../support/backends.js';
import { fitTogether } from '../support/needs.js';
import { networkNamed, smallProblem, type SmallProblem } from '../support/problems.js';
import { referenceObjective } from '../support/reference.js';
import { directionCases, ruleCases } from '../support/runs.js';

const L2 = 0.01;
const FIRST = 60;

/** One that is to grow. */
async function openSample(problem: SmallProblem, backend: Backend, memory: number, sample?: number): Promise<Objective> {
  const { x, rows, columns, architecture, loss, targets, sampleWeights } = problem;
  const matrix = await backend.matrix({ kind: 'dense', values: x, rows, columns });
  const given = { matrix, architecture, loss, targets, sampleWeights, l2: L2, memory };
  return new Objective({ ...given, sample, grows: sample !== undefined }, backend);
}

const directionNamed = (wanted: string): Direction => directionCases.find(({ name }) => name === wanted)!.direction;
const plane = ruleCases.find(({ label }) => label === 'plane by gauss-newton')!.rule as StepRule;

const toTheEnd = stopping.firstOf([
  stopping.gradientBelow(1e-7),
  stopping.decreaseBelow(1e-7),
  stopping.stalled(1e-7),
  stopping.iterationLimit(400),
]);

function options(direction: Direction, stepRule: StepRule, rest: { callbacks?: Callback[]; signal?: AbortSignal } = {}) {
  const memory = Math.min(2, stepRule.maxMemory);
  return { direction, stepRule, memory, stop: toTheEnd, sample: growing(), ...rest };
}

/** Every stage begins at the objective over the larger sample, and never rises from there. */
function expectStages(history: readonly IterationRecord[], rows: number): void {
  history.slice(1).forEach((record, i) => {
    const before = history[i]!;
    const from = record.grown?.objective ?? before.objective;
    expect(record.objective).toBeLessThanOrEqual(from * (1 + 1e-13));
    expect(record.rows).toBeLessThanOrEqual(rows);
    if (record.grown) {
      expect(record.grown.from).toBe(before.rows);
      expect(record.rows).toBeGreaterThan(before.rows);
    } else expect(record.rows).toBe(before.rows);
  });
}

const convex = [
  {
    label: 'logistic, weighted',
    problem: smallProblem({ rows: 900, columns: 6, loss: 'logistic', weighted: true, seed: 3 }),
  },
  { label: 'softmax', problem: smallProblem({ rows: 900, columns: 5, loss: 'softmax', seed: 5 }) },
  { label: 'squared', problem: smallProblem({ rows: 900, columns: 5, loss: 'squared', seed: 5 }) },
  { label: 'poisson', problem: smallProblem({ rows: 900, columns: 4, loss: 'poisson', seed: 6 }) },
];
const network = smallProblem({ rows: 900, columns: 6, network: networkNamed('mlp 4,3 tanh'), loss: 'softmax', seed: 9 });

/** What must be equal: all but the time. */
function bits({ parameters, objective, history }: TrainingResult): unknown {
  return { parameters, objective, history: history.map(({ seconds: _, ...record }) => record) };
}

describe.each(backends)('a sample that grows, on the $name backend', (backend) => {
  it.each(convex)('ends where all rows do, stage by stage: $label', async ({ problem }) => {
    const all = await minimize(await openSample(problem, backend, 1), problem.start, {
      ...options(directionNamed('kronecker-lbfgs'), plane),
      sample: undefined,
      memory: 1,
    });
    for (const name of ['kronecker-lbfgs', 'lbfgs', 'conjugate-gradient']) {
      const { direction, stepRule, ...rest } = options(directionNamed(name), plane);
      const objective = await openSample(problem, backend, rest.memory, FIRST);
      const result = await minimize(objective, problem.start, { direction, stepRule, ...rest });
      expect(result.stop.converged, result.stop.detail).toBe(true);
      expect(result.history[0]!.rows).toBe(FIRST);
      expect(result.history.at(-1)!.rows).toBe(problem.rows);
      expectStages(result.history, problem.rows);
      expect(Math.abs(result.objective / all.objective - 1)).toBeLessThan(1e-6);
      expect(Math.abs(result.objective - referenceObjective(problem, result.parameters, L2))).toBeLessThan(1e-10);
    }
  });

  it('counts a product with a part of the rows as that part', async () => {
    const problem = convex[1]!.problem;
    const { history } = await minimize(
      await openSample(problem, backend, 2, FIRST),
      problem.start,
      options(directionNamed('lbfgs'), plane),
    );
    const n = problem.rows;
    expect(history[0]!.products.multiplyTransposed).toBeCloseTo(FIRST / n, 12);
    history.slice(1).forEach((record, i) => {
      if (record.status !== 'step') return;
      // X'Q at the step, and once more where the sample grew.
      const made = record.products.multiplyTransposed - history[i]!.products.multiplyTransposed;
      expect(made).toBeCloseTo(((record.grown ? 2 : 1) * record.rows) / n, 12);
    });
  });

  const everyDirection = directionCases.flatMap(({ name, direction }, d) => {
    if (direction.difference !== undefined) return []; // It measures on all rows.
    const safeguarded = ruleCases.filter(({ rule }) => rule.safeguarded && fitTogether(direction, rule, network.loss));
    const rule = safeguarded[d % Math.max(1, safeguarded.length)];
    return rule ? [{ label: `${name}, ${rule.label}`, direction, rule: rule.rule }] : [];
  });

  it.each(everyDirection)('goes on with equal bits across growths: $label', async ({ direction, rule }) => {
    const stop = stopping.iterationLimit(14);
    const given = { ...options(direction, rule as StepRule), stop };
    const whole = await minimize(await openSample(network, backend, given.memory, FIRST), network.start, given);
    expectStages(whole.history, network.rows);
    let state: TrainerState | null = null;
    let result: TrainingResult | null = null;
    while (!result) {
      const objective = await openSample(network, backend, given.memory, FIRST);
      const trainer = await createTrainer(objective, state ? { state } : network.start, given);
      await trainer.step();
      if (trainer.stop) result = await trainer.finish();
      else state = structuredClone(await trainer.state());
    }
    expect(bits(result)).toEqual(bits(whole));
    expect(whole.history.some(({ grown }) => grown)).toBe(true);
  });

  it('tells the objective over all rows wherever it ends', async () => {
    const problem = convex[0]!.problem;
    const abort = new AbortController();
    const ends = [
      { stop: stopping.iterationLimit(2) },
      { callbacks: [({ iteration }: IterationRecord) => iteration < 2] },
      { signal: abort.signal, callbacks: [({ iteration }: IterationRecord) => void (iteration === 2 && abort.abort())] },
    ];
    for (const end of ends) {
      const objective = await openSample(problem, backend, 1, FIRST);
      const given = { ...options(directionNamed('gradient'), plane), ...end, memory: 1 };
      const { history, objective: value, parameters } = await minimize(objective, problem.start, given);
      expect(history.at(-1)!.rows).toBeLessThan(problem.rows);
      expect(Math.abs(value - referenceObjective(problem, parameters, L2))).toBeLessThan(1e-10);
    }
  });

  it('tells it of an abort in the middle of the last growth as well', async () => {
    const problem = convex[0]!.problem;
    const abort = new AbortController();
    const objective = await openSample(problem, backend, 1, FIRST);
    const grow = objective.grow.bind(objective);
    objective.grow = async () => {
      await grow(problem.rows);
      abort.abort();
      throw abort.signal.reason;
    };
    const given = { ...options(directionNamed('gradient'), plane), signal: abort.signal, memory: 1 };
    const { objective: value, parameters, stop } = await minimize(objective, problem.start, given);
    expect(stop.reason).toBe('aborted');
    expect(Math.abs(value - referenceObjective(problem, parameters, L2))).toBeLessThan(1e-10);
  });

  it('is not kept from a limit by being done with a sample', async () => {
    const problem = convex[0]!.problem;
    const stop = stopping.firstOf([stopping.gradientBelow(1), stopping.iterationLimit(2)]);
    const given = { ...options(directionNamed('gradient'), plane), stop, memory: 1 };
    const result = await minimize(await openSample(problem, backend, 1, FIRST), problem.start, given);
    expect(result.stop.reason).toBe('iterations');
    expect(result.history).toHaveLength(3);
    expect(result.history.at(-1)!.rows).toBeLessThan(problem.rows);
  });

  it('is another run than one with other rules of growth', async () => {
    const problem = convex[0]!.problem;
    const given = options(directionNamed('gradient'), plane);
    const trainer = await createTrainer(await openSample(problem, backend, 2, FIRST), problem.start, given);
    const state = await trainer.state();
    const other = { ...given, sample: growing({ growth: 4 }) };
    const objective = await openSample(problem, backend, 2, FIRST);
    await expect(createTrainer(objective, { state }, other)).rejects.toThrow(/its sample differs/);
  });
});

describe.skipIf(nativeAbsence !== null)('threads', () => {
  it('do not show in a bit', async () => {
    const ends = await Promise.all(
      [1, 2, 4].map(async (threads) => {
        const objective = await openSample(network, nativeBackend(threads), 1, FIRST);
        const given = { ...options(directionNamed('kronecker-lbfgs'), plane), memory: 1 };
        return bits(await minimize(objective, network.start, { ...given, stop: stopping.iterationLimit(25) }));
      }),
    );
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[2]).toEqual(ends[0]);
  });
});
