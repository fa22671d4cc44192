/**
 * A network as its layer l sees it: what the layers before it make of X is data, the layer itself is a first layer, and the rest is the
 * network behind it. With H = the values that layer l reads, rows x inputs,
 *
 *     f(theta) = mean loss( behind_l(H W_l + b_l) ) + (l2/2) ||weights from layer l on||^2 + (l2/2) ||weights before||^2
 *
 * (each layer's part times its own number of `layerPenalties`), so H W_l + b_l is a tracked product like that of X, and a search of W_l alone makes no further product with H.
 */
import { PlanesearchError } from '../core/errors.js';
import { Objective } from '../core/objective.js';
import type { Architecture, NetworkStep } from '../networks/network.js';
import { programOf } from '../networks/program.js';

type Affine = Extract<NetworkStep, { step: 'affine' }>;

/**
 * The steps from layer `l` on, whose product is tracked; the whole network for l = 0.
 *
 * @throws PlanesearchError INCOMPATIBLE when a later step reads what layer l does not make: a gate, a path beside the hidden units
 */
export function behindLayer(architecture: Architecture, l: number): Architecture {
  if (l === 0) return architecture;
  const { layers } = programOf(architecture);
  const { name, inputs, outputs } = layers[l]!;
  const at = architecture.steps.findIndex((step) => step.step === 'affine' && step.layer === name);
  const { value: own } = architecture.steps[at] as Affine;
  const later = architecture.steps.slice(at + 1);
  const known = new Set([own, ...later.map(({ value }) => value)]);
  for (const { value, of } of later) {
    if ([of].flat().every((read) => known.has(read))) continue;
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `Layers in turn need a network in which all goes through every layer, but its step '${value}' goes past the layer '${name}'.`,
    );
  }
  const renamed = (read: string): string => (read === own ? 'tracked' : read);
  const steps = later.map((step) => ({
    ...step,
    of: typeof step.of === 'string' ? renamed(step.of) : step.of.map(renamed),
  })) as NetworkStep[];
  return { inputs, tracked: { layer: name, outputs }, steps };
}

/**
 * The objective of layer `l`, from 1, and those behind it, with what the layers before make of the data at the accepted point of `whole` as
 * its X; only layer l moves. Its value is that of `whole` less the penalty of the layers before. `dispose` frees the matrix too.
 *
 * The matrix is in no frame: the scale of a hidden unit is no unit of measure that somebody chose. A saturated unit, made to spread 1,
 * would have rounding noise for a column, and weights of any size on it.
 */
export async function objectiveBehind(
  whole: Objective,
  architecture: Architecture,
  l: number,
): Promise<{ objective: Objective; matrix: Objective['spec']['matrix']; dispose(): void }> {
  const { spec, backend } = whole;
  const { inputs } = architecture;
  const reader = whole.program.nodes.find(({ kind, layer }) => kind === 'affine' && layer === l)!;
  const own = { layerPenalties: spec.layerPenalties?.slice(l) };
  const values = await whole.nodeValue(reader.inputs[0]!);
  const matrix = await backend.matrix(
    { kind: 'dense', values, rows: whole.rows, columns: inputs },
    { frame: 'none', precision: spec.matrix.precision },
  );
  try {
    const objective = new Objective(
      { ...spec, ...own, matrix, architecture, penalize: 'given', moving: 'first', sample: undefined },
      backend,
    );
    return {
      objective,
      matrix,
      dispose: () => {
        objective.dispose();
        matrix.dispose();
      },
    };
  } catch (error) {
    matrix.dispose();
    throw error;
  }
}
