/** What an objective is made of, and the checks that it fits together. */
import { checkArray, checkRange } from '../backends/arguments.js';
import type { Backend, DataMatrix, RowRange } from '../backends/backend.js';
import { kindsOf } from '../coordinate/kinds.js';
import type { Loss } from '../losses/loss.js';
import type { Architecture, Network } from '../networks/network.js';
import { programOf, type Program } from '../networks/program.js';
import { reject, requireInteger } from './errors.js';
import type { Need, Part } from './needs.js';
import { checkPenaltySpec, type Penalized } from './penalty.js';

export interface ObjectiveSpec {
  readonly matrix: DataMatrix;
  readonly architecture: Architecture;
  /** Whose list of steps that is: its name for sentences, and what it asks of other parts. */
  readonly network?: Pick<Network, 'name' | 'needs'> | undefined;
  readonly loss: Loss;
  /** rows x `loss.targetWidth(outputs)`, in the encoding of the loss. */
  readonly targets: Float64Array;
  /** Added to the outputs, rows x outputs; 0 when absent. */
  readonly offsets?: Float64Array | undefined;
  /** Non-negative, at least one positive. */
  readonly sampleWeights?: Float64Array | undefined;
  /** Weight of the penalty, at least 0. */
  readonly l2: number;
  /** How many times as strong as `l2` that of each layer is, at least 0, in the order of the layers. Default 1 each. */
  readonly layerPenalties?: readonly number[] | undefined;
  /** Of an objective with absolute values as well (`lib/l1/objective.ts`). */
  readonly l1?: number;
  /** Whether it is on the weights of the columns as given (default) or of the centered and scaled ones. */
  readonly penalize?: Penalized;
  /** Past steps kept as columns with known products, 0 or more. */
  readonly memory: number;
  /** Which layers a search moves: 'all' (default), or the 'first' alone, the others held where they are. */
  readonly moving?: Moving;
  /** The rows of the matrix that it is over; targets, offsets and weights are of these alone. Default all. */
  readonly range?: RowRange | undefined;
  /** Rows at the beginning of these that are looked at first, until `grow`; default all. */
  readonly sample?: number | undefined;
  /** Whether the other rows are to join that sample: until all have, the penalty is that of `penaltyFactor`. Default no. */
  readonly grows?: boolean | undefined;
}

/** Which layers a search moves. */
export type Moving = 'all' | 'first';

/** What a loss has for other parts on this many outputs, told by its members. */
export function offersOfLoss(loss: Loss, outputs: number): Need[] {
  const offers: Need[] = loss.slopes === false ? [] : ['slopes'];
  if (loss.tasks) offers.push('tasks');
  if (loss.curvatureRoot) offers.push('curvature-root');
  if (!loss.growth) return offers;
  const first = Float64Array.from({ length: outputs }, (_, a) => (a === 0 ? 1 : 0));
  return [...offers, 'growth-bound', ...(loss.growth(first, 0, outputs) === 0 ? ['constant-bound' as const] : [])];
}

/** What a network has for other parts, told by its program. */
export function offersOfNetwork(program: Program): Need[] {
  const kinked = program.nodes.every(({ activation }) => activation === 'relu' || activation === 'identity');
  return kinked && !kindsOf(program).includes('guessed') ? ['exact-units'] : [];
}

/** The parts of a run that an objective brings, for the comparison of needs. */
export function partsOf({ matrix, range, loss, architecture, network }: ObjectiveSpec, backend: Backend): Part[] {
  const program = programOf(architecture);
  const all = range === undefined;
  return [
    { kind: 'network', name: network?.name ?? 'network', needs: network?.needs, offers: offersOfNetwork(program) },
    { kind: 'loss', name: loss.name, needs: loss.needs, offers: offersOfLoss(loss, program.outputs) },
    { kind: 'matrix', name: all ? matrix.precision : 'a batch of its rows', offers: all ? matrix.offers : [] },
    {
      kind: 'backend',
      name: all ? `${backend.name}${backend.ranks === undefined ? '' : ' over ranks'}` : 'a batch of its rows',
      offers: all ? backend.offers : [],
    },
    { kind: 'rows', name: all ? 'all rows' : 'batch', offers: all ? ['steady-rows'] : [] },
  ];
}

/** @throws PlanesearchError with one sentence for the first thing that does not fit */
export function checkSpec(spec: ObjectiveSpec): void {
  const { matrix, architecture, loss, targets, offsets, sampleWeights } = spec;
  const { inputs, outputs, layers } = programOf(architecture);
  checkPenaltySpec(spec, layers.length);
  requireInteger('memory', spec.memory, 0);
  const { columns } = matrix;
  const rows = checkRange(spec.range, matrix.rows).count;
  if (inputs !== columns)
    reject('DIMENSION_MISMATCH', 'The first layer', `${columns} inputs wide, as the data matrix`, inputs);
  const width = loss.targetWidth(outputs);
  if (targets.length !== rows * width) {
    reject('DIMENSION_MISMATCH', 'The targets', `of length ${rows * width} (${rows} rows x ${width})`, targets);
  }
  for (let i = 0; i < targets.length; i++) {
    const problem = loss.targetProblem(targets[i]!, outputs, i % width);
    if (problem !== null) reject('INVALID_DATA', `Target ${i}`, problem, targets[i]);
  }
  if (offsets) checkOffsets(offsets, rows, outputs);
  if (sampleWeights) checkSampleWeights(sampleWeights, rows, spec.range !== undefined);
}

export function checkOffsets(offsets: Float64Array, rows: number, outputs: number): void {
  checkArray('The offsets', offsets, rows * outputs, `${rows} rows x ${outputs}`);
  const bad = offsets.findIndex((offset) => !Number.isFinite(offset));
  if (bad >= 0) reject('INVALID_DATA', `Offset ${bad}`, 'a finite number', offsets[bad]);
}

/** A range of rows may weigh nothing. */
function checkSampleWeights(weights: Float64Array, rows: number, range: boolean): void {
  checkArray('The sample weights', weights, rows, 'one per row');
  const bad = weights.findIndex((s) => !(s >= 0 && Number.isFinite(s)));
  if (bad >= 0) reject('INVALID_DATA', `Sample weight ${bad}`, 'a finite number of at least 0', weights[bad]);
  const sum = weights.reduce((total, s) => total + s, 0);
  if (!((range || sum > 0) && Number.isFinite(sum)))
    reject('INVALID_DATA', 'The sum of the sample weights', 'finite and positive', sum);
}
