/** The problem of a comparison: data, network, loss and penalty, made ready once, and a run of any method on it. */
import { ownNumbers } from '../backends/arguments.js';
import type { Backend, DataMatrix } from '../backends/backend.js';
import { selectBackend } from '../backends/index.js';
import { conditionedByPenalty } from '../core/held-columns.js';
import { reject, requireNumber } from '../core/errors.js';
import { Objective } from '../core/objective.js';
import { offersOfLoss, type ObjectiveSpec } from '../core/objective-spec.js';
import { paced } from '../core/pace.js';
import { checkLayerPenalties, layerL2 } from '../core/penalty.js';
import { createRandom } from '../core/random.js';
import { checkRestarts } from '../core/restarts.js';
import * as stopping from '../core/stopping.js';
import { minimize, type TrainingResult } from '../core/trainer.js';
import { encodeSteps, isSparse, matrixAtOnce, readMatrix, readTarget, recognizeMatrix, sourceOf } from '../data/index.js';
import type { Network } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import {
  checkSchemaOf,
  chooseLoss,
  chooseNetwork,
  chooseParts,
  chooseRestarts,
  defaultPenalty,
  type Parts,
} from '../train-parts.js';
import type { TrainingData, TrainOptions } from '../train.js';
import type { Method } from './methods.js';

/** What ends a run, besides that it has nothing more to gain. */
export interface Budget {
  readonly iterations: number;
  readonly seconds: number;
}

/** A run above this multiple of the starting objective has diverged. */
const DIVERGED = 100;

const diverged: stopping.StopCriterion = (history) => {
  const { objective } = history.at(-1)!;
  const limit = DIVERGED * Math.abs(history[0]!.objective);
  return objective > limit
    ? { reason: 'callback', detail: `objective ${objective} above ${limit}`, converged: false }
    : null;
};

export class Problem {
  private constructor(
    readonly spec: Omit<ObjectiveSpec, 'memory'>,
    readonly backend: Backend,
    readonly network: Network,
    readonly storage: 'dense' | 'sparse',
    /** Why native was not used although wanted; null otherwise. */
    readonly notice: string | null,
  ) {}

  static async open(data: TrainingData, options: TrainOptions): Promise<Problem> {
    const network = chooseNetwork(options);
    const wanted = checkLayerPenalties(options.layerPenalties);
    const given = recognizeMatrix(data.x);
    const x = matrixAtOnce(given) ?? (await readMatrix(given));
    checkSchemaOf(data, x.columns);
    const { backend, notice } = selectBackend(options.backend, options.threads);
    const target = await readTarget(data.y, x.rows);
    const { loss, task } = await chooseLoss(target, data.schema?.format ?? 'array', options);
    const targets = await paced(encodeSteps(target, task, loss));
    const architecture = network.architecture(x.columns, task.outputs);
    const { outputs, layers } = programOf(architecture);
    if (outputs !== task.outputs)
      reject('INCOMPATIBLE', `The network '${network.name}'`, `${task.outputs} outputs wide`, outputs);
    const whole = requireNumber('l2 of a comparison', options.l2 ?? defaultPenalty(loss, architecture, x.rows), 0);
    const penalties = checkLayerPenalties(wanted, layers.length);
    // Of one layer it is l2 itself.
    const [l2, layerPenalties] =
      penalties?.length === 1
        ? [whole * penalties[0]!, undefined]
        : [whole, penalties?.some((c) => c !== 1) ? penalties : undefined];
    const { offsets, sampleWeights } = data;
    const numbers = {
      targets,
      offsets: offsets && ownNumbers('The offsets', offsets),
      sampleWeights: sampleWeights && ownNumbers('The sample weights', sampleWeights),
    };
    const kept = { columnNames: x.columnNames, precision: options.precision };
    const matrix: DataMatrix = await backend.matrix(sourceOf(x), kept);
    const penalize = options.standardize ? 'standardized' : 'given';
    const spec = { matrix, architecture, network, loss, ...numbers, l2, layerPenalties, penalize } as const;
    return new Problem(spec, backend, network, isSparse(x) ? 'sparse' : 'dense', notice);
  }

  /** Where the network begins, for as many seeds from 0 on; one where all begin at the same point, as linear models do. */
  starts(seeds: number): Float64Array[] {
    const { architecture } = this.spec;
    const starts = Array.from({ length: seeds }, (_, seed) => this.network.initialize(architecture, createRandom(seed)));
    const same = starts.every((start) => start.every((value, e) => value === starts[0]![e]));
    return same ? starts.slice(0, 1) : starts;
  }

  /** The parts that `train` would make of a method. */
  partsOf({ schedule, solver, memory, direction, directionOptions, steps, rate }: Method, iterations: number): Parts {
    const { matrix, loss, architecture, penalize } = this.spec;
    const { layout, outputs } = programOf(architecture);
    const [l2] = layerL2(this.spec, layout.layers.length) as unknown as [number];
    const options = {
      direction: direction ?? 'auto',
      directionOptions,
      steps: steps ?? 'auto',
      memory: memory ?? 'auto',
      solver: solver ?? 'auto',
      maxIterations: iterations,
      ...(schedule && { schedule }),
      ...(rate !== undefined && { rate }),
    } as const;
    const offers = [...offersOfLoss(loss, outputs), ...matrix.offers, ...this.backend.offers];
    const conditioned = conditionedByPenalty(matrix.frame, l2, penalize ?? 'given');
    return chooseParts(options, layout.layers, offers, { sparse: this.storage === 'sparse', conditioned });
  }

  /** @throws PlanesearchError for a method that cannot be built, or does not suit the network */
  check(method: Method, iterations: number): void {
    const { direction } = this.partsOf(method, iterations);
    const { layers } = programOf(this.spec.architecture);
    checkRestarts(this.spec.loss, layers.length, { direction, restarts: chooseRestarts({ restarts: method.restarts }, 0) });
  }

  /** @throws the reason of the signal when it aborts */
  async run(method: Method, start: Float64Array, budget: Budget, signal: AbortSignal | undefined): Promise<TrainingResult> {
    const { direction, rule, memory } = this.partsOf(method, budget.iterations);
    const restarts = chooseRestarts({ restarts: method.restarts }, 0);
    const objective = new Objective({ ...this.spec, memory }, this.backend);
    const stop = stopping.firstOf([
      diverged,
      stopping.stalled(1),
      stopping.iterationLimit(budget.iterations),
      stopping.timeLimit(budget.seconds),
    ]);
    try {
      const parts = { direction, stepRule: rule, memory, restarts };
      const result = await minimize(objective, { inFrame: start }, { ...parts, stop, signal });
      signal?.throwIfAborted();
      return result;
    } finally {
      objective.dispose();
    }
  }

  dispose(): void {
    this.spec.matrix.dispose();
  }
}
