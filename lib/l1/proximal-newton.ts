/**
 * Proximal Newton on a working set, for linear models with an l1 penalty:
 *
 *     working set    weights that are not 0, and the furthest of those that must not stay 0 (`working-set.ts`)
 *     model          second derivatives of the smooth part among them (`model.ts`): one gram of their columns
 *     direction      from w to the minimizer of model plus penalty, whose zeros are zeros (`quadratic.ts`)
 *     step           along it, on tracked products (`line.ts`)
 *
 * Every iteration takes two products with X, as everywhere here: X D for the step and X'Q for the next gradient, which is the test of
 * optimality of all weights as well. Near the optimum steps are 1 and the convergence is quadratic. (newGLMNET: Yuan, Ho, Lin 2012,
 * JMLR 13; working sets: arXiv 1802.07481, arXiv 2204.07826; proximal Newton methods: arXiv 1206.1623.)
 *
 * Nothing evolves but the point and its gradient: a run that is gone on with has nothing else to remember.
 */
import type { Direction } from '../directions/direction.js';
import { PlanesearchError } from '../core/errors.js';
import type { NewRecord } from '../core/iteration-record.js';
import type { Sweep, TrainerOptions } from '../core/trainer.js';
import type { Objective } from '../core/objective.js';
import { searchLine, type Kinks } from './line.js';
import { descendColumns } from './descent.js';
import { groupsOf } from './groups.js';
import { modelOf } from './model.js';
import { L1Objective } from './objective.js';
import { minimizeQuadratic } from './quadratic.js';
import { MOST_WEIGHTS, workingSet } from './working-set.js';

const NAME = 'proximal-newton';

/**
 * How well a model is solved, relative to the largest slope of least size: the better, the nearer the optimum is; `far` is the norm of the
 * subgradient as a share of what the gradient would be if nothing cancelled in it.
 */
const solvedTo = (far: number): number => Math.min(0.1, Math.max(1e-4, Math.sqrt(far)));

/** From here on models have second moments, with which they are solved for quadratic convergence. */
const NEAR = 1e-5;

/** With so few weights second moments are cheaper than rounds along columns. */
const FEW = 256;

/**
 * Rounds of a descent along columns. Far from the optimum the model is not worth more: where classes are nearly separable it promises
 * steps that are far too long. (news20 in two halves, l1 = 1 / rows, to 1e-4: 10 rounds 37 iterations, 15 rounds 25, 50 rounds 15; the
 * rounds are most of the time.)
 */
const ROUNDS = { far: 15, near: 150 } as const;

/** From the accepted point to the minimizer of the model; 0 outside the working set. */
export function proximalNewton(): Direction<null> {
  return {
    name: NAME,
    unitStep: true,
    start: () => null,
    next: async (_state, objective) => [await directionOf(ofL1(objective), undefined)],
  };
}

/** An iteration of the trainer whose objective is an `L1Objective`. */
export function proximalSweep(): Sweep {
  return {
    name: 'proximal Newton',
    check(objective, { sample }: TrainerOptions) {
      ofL1(objective);
      if (sample !== undefined || objective.rows < objective.allRows)
        throw new PlanesearchError('INCOMPATIBLE', 'With l1 all rows are looked at from the start, but a sample was given.');
    },
    run: async (objective, { signal }) => iterate(ofL1(objective), signal),
  };
}

function ofL1(objective: Objective): L1Objective {
  if (objective instanceof L1Objective) return objective;
  throw new PlanesearchError('INCOMPATIBLE', `The direction '${NAME}' is for objectives with l1, but this one has none.`);
}

async function iterate(objective: L1Objective, signal: AbortSignal | undefined): Promise<NewRecord> {
  const direction = await directionOf(objective, signal);
  signal?.throwIfAborted();
  const phi = await objective.span([direction], 0, 'joint');
  const { rounding, layout } = objective;
  const kinks = kinksOf(objective, direction);
  const promised = -(phi.slopes0[0]! + riseTo(kinks));
  const { t, accepted, reason, evaluations } = await searchLine(phi, kinks, rounding);
  if (accepted) await objective.commit(Float64Array.of(t));
  return {
    steps: { [layout.layers[0]!.name]: { [NAME]: t } },
    innerEvaluations: evaluations,
    status: accepted ? 'step' : 'stalled',
    reason,
    ...(!accepted && { limit: { promised: Math.max(0, promised), rounding } }),
  };
}

async function directionOf(objective: L1Objective, signal: AbortSignal | undefined): Promise<Float64Array> {
  const { subgradient, slopeMass, varyingColumns, layout, matrices, point } = objective;
  const direction = new Float64Array(layout.size);
  const largest = subgradient.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
  const far = objective.gradientNorm / (Math.sqrt(varyingColumns + 1) * slopeMass);
  const tolerance = solvedTo(far) * largest;
  const descends = objective.spec.matrix.descend !== undefined;
  const working = workingSet(objective, descends ? Infinity : MOST_WEIGHTS);
  for (const group of await groupsOf(objective, working)) {
    const { positions, outputs } = group;
    const enough = positions.length > (far > NEAR ? FEW : MOST_WEIGHTS);
    const rounds = far > NEAR ? ROUNDS.far : ROUNDS.near;
    const z =
      descends && enough && outputs.length === 1
        ? await descendColumns(objective, group, { tolerance, rounds })
        : await minimizeQuadratic(await modelOf(objective, group), tolerance, matrices, signal);
    signal?.throwIfAborted();
    positions.forEach((e, k) => (direction[e] = z[k]! - point[e]!));
  }
  return direction;
}

function kinksOf({ point, lambda, layout }: L1Objective, direction: Float64Array): Kinks {
  const { offset, rows, columns } = layout.blocks[0]!;
  const places: number[] = [];
  for (let e = offset; e < offset + rows * columns; e++) if (direction[e] !== 0) places.push(e);
  return {
    w: Float64Array.from(places, (e) => point[e]!),
    d: Float64Array.from(places, (e) => direction[e]!),
    lambda: Float64Array.from(places, (e) => lambda[Math.floor((e - offset) / columns)]!),
  };
}

/** Of the nonsmooth part, from t = 0 to t = 1. */
function riseTo({ w, d, lambda }: Kinks): number {
  return w.reduce((sum, value, k) => sum + lambda[k]! * (Math.abs(value + d[k]!) - Math.abs(value)), 0);
}
