/**
 * Layers in turn: block coordinate descent over the layers of a deep network, each by plane search.
 *
 * One iteration is a sweep, a turn of every layer from the last one to the first. In the turn of layer l all others are held, what it reads
 * is data (`behind.ts`), and it moves for a few iterations of the direction and the step rule of the run. Last to first, because then
 * nothing that a layer reads has changed since the sweep began: the objective of the whole keeps its tracked product, and what any layer
 * reads is one forward pass. The turn of the first layer is the whole objective itself, with X.
 *
 * Products with what a hidden layer reads count in proportion to their multiplications: inputs x outputs of the layer over those of the
 * first one (grams: inputs over inputs, squared), as if X were dense.
 *
 * The second open question of arXiv 2406.17954; docs/plane-search.md has what was measured.
 */
import type { ProductCounts } from '../backends/backend.js';
import { PlanesearchError, reject, requireInteger } from '../core/errors.js';
import type { IterationRecord, NewRecord } from '../core/iteration-record.js';
import type { Objective } from '../core/objective.js';
import { layerRange } from '../core/parameters.js';
import { iterationLimit } from '../core/stopping.js';
import { createTrainer, type Sweep, type TrainerOptions, type TrainerStart } from '../core/trainer.js';
import type { Architecture } from '../networks/network.js';
import { behindLayer, objectiveBehind } from './behind.js';

export interface InTurnOptions {
  /** Iterations of a turn, at least 1. Default 5. */
  readonly iterations?: number;
}

/** For `sweep` of the trainer's options; the objective must have been made with `moving: 'first'`. */
export function inTurn(options: InTurnOptions = {}): Sweep {
  const limit = requireInteger('The iterations of a turn', options.iterations ?? 5, 1);
  return {
    name: 'layers in turn',
    check,
    async run(whole, trainerOptions) {
      const { architecture } = whole.spec;
      const parameters = whole.point.slice();
      const turns: Turn[] = [];
      for (let l = whole.layout.layers.length - 1; l > 0; l--) {
        turns.push(await turnBehind(whole, behindLayer(architecture, l), l, parameters, limit, trainerOptions));
      }
      await whole.acceptBehind(parameters);
      turns.push(await turn(whole, { accepted: true }, limit, trainerOptions));
      return told(turns);
    },
  };
}

function check({ layout, movingLayers, spec, rows, allRows }: Objective, { stepRule, sample }: TrainerOptions): void {
  const { layers } = layout;
  if (layers.length < 2) {
    throw new PlanesearchError('INCOMPATIBLE', 'Layers in turn need a network of several layers, but this one has one.');
  }
  if (movingLayers > 1) reject('INCOMPATIBLE', 'The objective of layers in turn', "made with moving 'first'", spec.moving);
  if (sample !== undefined || rows < allRows)
    throw new PlanesearchError('INCOMPATIBLE', 'Layers in turn look at all rows from the start, but a sample was given.');
  if (!stepRule.safeguarded) {
    const sentence = `Layers in turn need a step rule that never raises the objective, but '${stepRule.name}' may.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  layers.slice(1).forEach((_, l) => behindLayer(spec.architecture, l + 1));
}

/** What a turn did: the records of its iterations, behind the one of its start. */
interface Turn {
  readonly layer: string;
  readonly records: readonly IterationRecord[];
  /** False when the gradient at its end is not. */
  readonly finite: boolean;
}

async function turn(objective: Objective, start: TrainerStart, limit: number, options: TrainerOptions): Promise<Turn> {
  const { direction, stepRule, memory, signal } = options;
  const stop = iterationLimit(limit);
  const trainer = await createTrainer(objective, start, { direction, stepRule, memory, signal, stop, refreshEvery: 0 });
  while (!trainer.stop && trainer.history.at(-1)!.status !== 'stalled') await trainer.step();
  signal?.throwIfAborted();
  const finite = trainer.stop?.reason !== 'non-finite';
  return { layer: objective.layout.layers[0]!.name, records: trainer.history.slice(1), finite };
}

/** The turn of layer `l`, from 1, whose new parameters go into `parameters`. */
async function turnBehind(
  whole: Objective,
  architecture: Architecture,
  l: number,
  parameters: Float64Array,
  limit: number,
  options: TrainerOptions,
): Promise<Turn> {
  const { objective, matrix, dispose } = await objectiveBehind(whole, architecture, l);
  try {
    const [from, to] = layerRange(whole.layout, l);
    const done = await turn(objective, parameters.slice(from), limit, options);
    if (done.finite) parameters.set(objective.parameters.subarray(0, to - from), from);
    whole.countToo(inProportion(matrix.counts, whole, l));
    return done;
  } finally {
    dispose();
  }
}

function inProportion(counts: ProductCounts, { layout }: Objective, l: number): ProductCounts {
  const [first, own] = [layout.layers[0]!, layout.layers[l]!];
  const share = (own.inputs * own.outputs) / (first.inputs * first.outputs);
  return {
    multiply: share * counts.multiply,
    multiplyTransposed: share * counts.multiplyTransposed,
    gram: (own.inputs / first.inputs) ** 2 * counts.gram,
  };
}

/** Most telling first: a sweep has stalled when every turn has. */
const STATUSES = ['step', 'fallback', 'stalled'] as const;

function told(turns: readonly Turn[]): NewRecord {
  const records = turns.flatMap((one) => one.records);
  const status = STATUSES.find((name) => records.some((record) => record.status === name)) ?? 'stalled';
  const limits = records.flatMap(({ limit }) => limit ?? []);
  const last = turns.map(({ layer, records: own }) => ({ layer, record: own.at(-1) }));
  return {
    steps: Object.fromEntries(last.map(({ layer, record }) => [layer, { ...record?.steps[layer] }])),
    innerEvaluations: records.reduce((sum, { innerEvaluations }) => sum + innerEvaluations, 0),
    status,
    reason: last.map(({ layer, record }) => `${layer}: ${record?.reason ?? 'no iteration'}`).join('; '),
    ...(status === 'stalled' && {
      limit: {
        promised: limits.reduce((sum, { promised }) => sum + promised, 0),
        rounding: limits.reduce((most, { rounding }) => Math.max(most, rounding), 0),
      },
    }),
  };
}
