/**
 * What a coordinate search knows of a layer, read off the program:
 *
 *     straight   the outputs move by delta x v: the parabola is the objective (or its bound) itself
 *     bent       part of the tracked product, activated, on a linear way to the outputs: they move by
 *                (h(z + delta x) - h(z)) v, every trial is exact in h
 *     guessed    in front of products or further activations: the parabola is a model only; a step may change what goes
 *                into its unit by at most 1
 *
 * A linear way leads through sums and at most one affine map, and has one reader at every value. A layer whose units go into
 * several nodes (slices) is as known as its least known node; units of a bent layer without activation have h(z) = z.
 */
import type { ActivationName } from '../activations/index.js';
import { requireInteger, requireNumber, PlanesearchError, reject } from '../core/errors.js';
import { weightBlock } from '../core/parameters.js';
import type { Loss } from '../losses/loss.js';
import type { Program } from '../networks/program.js';
import type { CoordinateRequest } from './request.js';

/** From best known to least. */
const layerKinds = ['straight', 'bent', 'guessed'] as const;
export type LayerKind = (typeof layerKinds)[number];

/** One kind a layer. */
export function kindsOf(program: Program): LayerKind[] {
  const { nodes, layers } = program;
  const kinds = layers.map((): LayerKind => 'straight');
  nodes.forEach((node, at) => {
    if (node.layer < 0) return;
    const kind = !leadsStraight(program, at) ? 'guessed' : node.activation === 'identity' ? 'straight' : 'bent';
    const found = kind === 'bent' && (node.kind !== 'tracked' || at === nodes.length - 1) ? 'guessed' : kind;
    if (layerKinds.indexOf(found) > layerKinds.indexOf(kinds[node.layer]!)) kinds[node.layer] = found;
  });
  return kinds;
}

/** Whether the value of node `from` reaches the output along a linear way. */
function leadsStraight({ nodes }: Program, from: number): boolean {
  let maps = 0;
  let at = from;
  while (at < nodes.length - 1) {
    const readers = nodes.flatMap(({ inputs }, reader) => inputs.filter((input) => input === at).map(() => reader));
    if (readers.length !== 1) return false;
    at = readers[0]!;
    const { kind, activation } = nodes[at]!;
    if (activation !== 'identity' || (kind !== 'sum' && kind !== 'affine')) return false;
    if (kind === 'affine') maps++;
  }
  return maps <= 1;
}

/** How the outputs move with each unit of a layer that is not guessed, units x outputs: the row of unit k is its v. */
export function outputEffects(program: Program, parameters: Float64Array, layer: number): Float64Array {
  const { nodes, layers, outputs, layout } = program;
  const effects = new Float64Array(layers[layer]!.outputs * outputs);
  nodes.forEach((node, start) => {
    if (node.layer !== layer) return;
    const map = nodes.findIndex(({ kind }, at) => kind === 'affine' && at > start && reaches(program, start, at));
    for (let k = 0; k < node.width; k++) {
      const row = (node.from + k) * outputs;
      if (map < 0) effects[row + k] = 1;
      else {
        const { offset } = weightBlock(layout, nodes[map]!.layer);
        for (let a = 0; a < outputs; a++) effects[row + a] = parameters[offset + k * outputs + a]!;
      }
    }
  });
  return effects;
}

function reaches({ nodes }: Program, from: number, to: number): boolean {
  let at = from;
  while (at >= 0 && at < to) at = nodes.findIndex(({ inputs }) => inputs.includes(at));
  return at === to;
}

/** Activation and sharpness of every unit of the first layer. */
export function firstUnits({
  nodes,
  trackedWidth,
}: Program): { readonly activation: ActivationName; readonly sharpness: number }[] {
  return Array.from({ length: trackedWidth }, (_, k) => {
    return nodes.find(({ kind, from, width }) => kind === 'tracked' && k >= from && k < from + width)!;
  });
}

/** What a sweep needs to be true, on both backends. */
export function checkSweep(program: Program, loss: Loss, request: CoordinateRequest): void {
  const blocks = program.layout.blocks.length;
  requireInteger('maxTrials', request.maxTrials, 1);
  requireNumber('firstStep', request.firstStep, Number.MIN_VALUE);
  if (!loss.curvatureRoot || !loss.growth) {
    const sentence = `A coordinate search needs a loss with curvatureRoot and growth, but '${loss.name}' lacks them.`;
    throw new PlanesearchError('INCOMPATIBLE', sentence);
  }
  if (request.moving.length !== blocks) {
    reject('DIMENSION_MISMATCH', 'moving', `of length ${blocks}, one number per parameter block`, request.moving);
  }
  if (request.layerL2.length !== program.layers.length)
    reject('DIMENSION_MISMATCH', 'layerL2', `of length ${program.layers.length}, one number per layer`, request.layerL2);
  for (const name of ['inputPenalty', 'inputScale'] as const) {
    if (request[name].length === program.inputs) continue;
    reject('DIMENSION_MISMATCH', name, `of length ${program.inputs}, one number per column of X`, request[name]);
  }
  if (request.search === 'exact') checkExact(program, loss);
}

/** The exact search minimizes a parabola between neighboring kinks; that has to be the bound itself, for every step. */
function checkExact(program: Program, loss: Loss): void {
  const bounded =
    loss.growth!(
      Float64Array.from({ length: program.outputs }, (_, a) => (a === 0 ? 1 : 0)),
      0,
      program.outputs,
    ) === 0;
  const used = program.nodes.map(({ activation }) => activation);
  const kinked = used.every((activation) => activation === 'relu' || activation === 'identity');
  if (bounded && kinked && !kindsOf(program).includes('guessed')) return;
  throw new PlanesearchError(
    'INCOMPATIBLE',
    "The coordinate search 'exact' needs a loss whose curvature cannot grow, such as squared, and at most " +
      `one hidden layer, of relu or identity units, but the loss is '${loss.name}', the activations ${used.join(', ')}.`,
  );
}
