/** Random problems and a fixed course of calls over them, so that two backends can be laid side by side. */
import { layoutOf, type LayerShape } from '../../lib/core/parameters.js';
import type { Backend, DataMatrix } from '../../lib/backends/backend.js';
import { losses, type Loss, type LossName } from '../../lib/losses/index.js';

/** `count` numbers in (-1, 1), the same for the same seed (a linear congruential generator is random enough here). */
export function numbers(count: number, seed: number): Float64Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export interface Problem {
  readonly rows: number;
  readonly columns: number;
  readonly layers: readonly LayerShape[];
  readonly lossObject: Loss;
  readonly X: Float64Array;
  readonly targets: Float64Array;
  readonly sampleWeights: Float64Array;
  readonly memory: number;
  readonly parameters: Float64Array;
  readonly directions: readonly Float64Array[];
}

export interface ProblemOptions {
  readonly rows: number;
  readonly columns: number;
  readonly loss: LossName;
  readonly layers: readonly LayerShape[];
  readonly seed: number;
  readonly memory: number;
}

export function problem({ rows, columns, loss, layers, seed, memory }: ProblemOptions): Problem & { loss: Loss } {
  const outputs = layers.at(-1)!.outputs;
  const size = layoutOf(layers).size;
  const raw = numbers(rows * losses[loss].targetWidth(outputs), seed + 1);
  const encode = { squared: (y: number) => y, logistic: (y: number) => (y < 0 ? -1 : 1), softmax: (y: number) => Math.floor(((y + 1) / 2) * outputs) };
  return {
    rows,
    columns,
    layers,
    loss: losses[loss],
    lossObject: losses[loss],
    memory,
    X: numbers(rows * columns, seed + 2),
    targets: raw.map(encode[loss]),
    sampleWeights: numbers(rows, seed + 3).map((s) => s + 1.001),
    parameters: numbers(size, seed + 4),
    directions: [numbers(size, seed + 5), numbers(size, seed + 6), numbers(size, seed + 7)],
  };
}

/** Start, two steps (joint over two columns, then by layer with the last step as a column), a refresh: everything that is returned. */
export async function run(given: Problem, backend: Backend, matrix?: DataMatrix): Promise<{ what: string; numbers: Float64Array }[]> {
  const X = matrix ?? backend.matrix(given.X, given.rows, given.columns);
  const tracked = backend.trackedLoss({ ...given, loss: given.lossObject, matrix: X });
  const layers = given.layers.length;
  const size = layoutOf(given.layers).size;
  const out: { what: string; numbers: Float64Array }[] = [];
  const note = (what: string, ...values: (number | Float64Array)[]): void => {
    out.push({ what, numbers: Float64Array.from(values.flatMap((value) => (typeof value === 'number' ? [value] : [...value]))) });
  };
  const gradient = new Float64Array(size);
  const evaluate = async (what: string, t: Float64Array): Promise<void> => {
    note(`${what}: value`, await tracked.value(t));
    const { value, slopes, curvature } = await tracked.evaluate(t);
    note(`${what}: evaluation`, value, slopes, curvature);
  };

  note('first drift', await tracked.restart(given.parameters));
  note('loss at the start', await tracked.advance(null, gradient), gradient);

  await tracked.span([given.directions[0]!], [], new Int32Array(layers), 1);
  await evaluate('line at 0', Float64Array.of(0));
  await evaluate('line', Float64Array.of(0.3));
  const step = given.directions[0]!.map((d) => 0.3 * d);
  note('loss after the first step', await tracked.advance(Float64Array.of(0.3), gradient), gradient);

  // The last variable scales nothing but the first layer of the past step when there is one layer, and the last layer otherwise.
  const variables = Int32Array.from({ length: 2 * layers }, (_, i) => i);
  variables[layers] = layers > 1 ? -1 : 0;
  const t = numbers(2 * layers, 8).map((s) => 0.2 * s);
  await tracked.span([given.directions[1]!], [step], variables, 2 * layers);
  await evaluate('by layer', t);
  note('loss after the second step', await tracked.advance(t, gradient), gradient);
  await tracked.restart(given.parameters);
  tracked.dispose();
  if (!matrix) X.dispose();
  return out;
}
