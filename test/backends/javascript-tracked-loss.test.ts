/** The javascript tracked loss against the formula: every network with every loss, row by row from the list of steps. */
import { describe, expect, it } from 'vitest';
import type { DataMatrix, TrackedLoss, TrackedLossSpec } from '../../lib/backends/backend.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { createRandom } from '../../lib/core/random.js';
import { lossByName, type Loss } from '../../lib/losses/index.js';
import { programOf, type Program } from '../../lib/networks/program.js';
import { drawTargets, lossCases, type LossCase } from '../losses/draw.js';
import { drawParameters, everyNetwork, networkCases, type NetworkCase } from '../networks/cases.js';
import { referenceRow } from '../networks/reference.js';

const backend = createJavascriptBackend();
const ROWS = 70;
const COLUMNS = 4;

interface Problem {
  readonly matrix: DataMatrix;
  readonly spec: TrackedLossSpec;
  readonly program: Program;
  readonly tracked: TrackedLoss;
  readonly point: Float64Array;
  /** Rows of X in the frame. */
  readonly x: readonly number[][];
  readonly weights: readonly number[];
}

async function problem({ network }: NetworkCase, one: LossCase, seed = 4): Promise<Problem> {
  const random = createRandom(seed);
  const values = Float64Array.from({ length: ROWS * COLUMNS }, () => 3 + 2 * random.normal());
  const matrix = await backend.matrix({ kind: 'dense', values, rows: ROWS, columns: COLUMNS });
  const architecture = network.architecture(COLUMNS, one.outputs);
  const targets = Float64Array.from(Array.from({ length: ROWS }, () => [...drawTargets(one, random)]).flat());
  const offsets = Float64Array.from({ length: ROWS * one.outputs }, () => 0.3 * random.normal());
  const sampleWeights = Float64Array.from({ length: ROWS }, () => 0.2 + random.uniform());
  const spec = { matrix, architecture, loss: one.loss, targets, offsets, sampleWeights, memory: 2 };
  const program = programOf(architecture);
  const total = sampleWeights.reduce((sum, s) => sum + s, 0);
  const { frame } = matrix;
  const x = Array.from({ length: ROWS }, (_, i) =>
    Array.from(
      { length: COLUMNS },
      (_, j) => (values[i * COLUMNS + j]! - frame.origin[j]! - frame.distance[j]!) / frame.scale[j]!,
    ),
  );
  return {
    matrix,
    spec,
    program,
    tracked: backend.trackedLoss(spec),
    point: drawParameters(random, program.layout.size, 0.5),
    x,
    weights: Array.from(sampleWeights, (s) => s / total),
  };
}

function outputsAt({ spec, x, program }: Problem, parameters: Float64Array, i: number): Float64Array {
  return Float64Array.from(
    referenceRow(spec.architecture, parameters, x[i]!),
    (o, a) => o + spec.offsets![i * program.outputs + a]!,
  );
}

function valueAt(given: Problem, parameters: Float64Array): number {
  const {
    spec: { loss, targets },
    program: { outputs },
    weights,
  } = given;
  return weights.reduce(
    (sum, w, i) =>
      sum + w * loss.row(outputsAt(given, parameters, i), 0, outputs, targets, i * loss.targetWidth(outputs), null, null),
    0,
  );
}

const isDefault = ({ name, parameters }: Loss): boolean =>
  JSON.stringify(lossByName(name).parameters) === JSON.stringify(parameters);

const moved = (a: Float64Array, t: number, b: Float64Array): Float64Array => a.map((value, e) => value + t * b[e]!);

function close(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected)));
}

/**
 * Every network with every loss for several outputs; the network with every kind of step also with one output, and other
 * parameters.
 */
const pairs = everyNetwork.flatMap((network) =>
  lossCases
    .filter(({ loss, outputs }) => network.label === 'odd' || (outputs > 2 && isDefault(loss)))
    .map((loss) => ({ label: `${network.label}, ${loss.label}`, network, loss })),
);

describe.each(pairs)('$label', ({ network, loss }) => {
  it('has the value, gradient, slopes and curvature of the formula, and two products an iteration', async () => {
    const given = await problem(network, loss);
    const { tracked, point, matrix, program } = given;
    const { size } = program.layout;
    const random = createRandom(9);
    const [d, e] = [drawParameters(random, size), drawParameters(random, size)];
    const gradient = new Float64Array(size);
    expect(await tracked.restart(point)).toBe(0);
    const { value, slopeMass } = await tracked.advance(null, gradient);
    close(value, valueAt(given, point), 1e-12);
    expect(slopeMass).toBeGreaterThan(0);
    const outputs = await tracked.outputs();
    expect(outputs).toHaveLength(ROWS * program.outputs);
    outputs.forEach((o, at) => {
      const row = Math.floor(at / program.outputs);
      close(o, outputsAt(given, point, row)[at % program.outputs]!, 1e-12);
    });
    const along = (v: Float64Array, at: Float64Array): number =>
      (valueAt(given, moved(at, 1e-5, v)) - valueAt(given, moved(at, -1e-5, v))) / 2e-5;
    close(
      gradient.reduce((sum, g, i) => sum + g * d[i]!, 0),
      along(d, point),
      1e-4,
    );

    const before = { ...matrix.counts };
    await tracked.span(
      [d],
      [],
      Int32Array.from(program.layers, () => 0),
      1,
    );
    close(await tracked.value(Float64Array.of(0.1)), valueAt(given, moved(point, 0.1, d)), 1e-12);
    const here = await tracked.evaluate(Float64Array.of(0.1));
    const at = moved(point, 0.1, d);
    close(here.value, valueAt(given, at), 1e-12);
    close(here.slopes[0]!, along(d, at), 1e-4);
    const J = jacobian(given, at, d);
    close(here.curvature[0]!, gaussNewton(given, at, J, J), 1e-5);
    const after = await tracked.advance(Float64Array.of(0.1), gradient);
    close(after.value, here.value, 1e-12);
    expect(matrix.counts).toEqual({
      ...before,
      multiply: before.multiply + 1,
      multiplyTransposed: before.multiplyTransposed + 1,
    });

    // By layer, with the last step as a column.
    const step = d.map((v) => 0.1 * v);
    const L = program.layers.length;
    await tracked.span(
      [e],
      [step],
      Int32Array.from({ length: 2 * L }, (_, v) => v),
      2 * L,
    );
    const t = Float64Array.from({ length: 2 * L }, (_, v) => 0.05 * (v + 1));
    const columns = [e, step].flatMap((v) => program.layers.map((_, l) => onLayer(program, v, l)));
    const there = columns.reduce((sum, column, v) => moved(sum, t[v]!, column), at);
    const result = await tracked.evaluate(t);
    close(result.value, valueAt(given, there), 1e-12);
    const first = jacobian(given, there, columns[0]!);
    columns.forEach((column, u) => {
      const J = jacobian(given, there, column);
      close(result.slopes[u]!, slopeAlong(given, there, J), 1e-6);
      close(result.curvature[u * 2 * L]!, gaussNewton(given, there, J, first), 1e-5);
    });
    expect(await tracked.restart(at)).toBeLessThan(1e-14);
  });
});

function onLayer({ layout }: Program, v: Float64Array, l: number): Float64Array {
  const out = new Float64Array(v.length);
  for (const { layer, offset, size } of layout.blocks) if (layer === l) out.set(v.subarray(offset, offset + size), offset);
  return out;
}

/** How the outputs of every row move along v, by central differences. */
function jacobian(given: Problem, at: Float64Array, v: Float64Array): Float64Array[] {
  const [ahead, behind] = [moved(at, 1e-5, v), moved(at, -1e-5, v)];
  return given.weights.map((_, i) => {
    const back = outputsAt(given, behind, i);
    return outputsAt(given, ahead, i).map((o, a) => (o - back[a]!) / 2e-5);
  });
}

/** sum_i w_i slope_i' (J v) */
function slopeAlong(given: Problem, at: Float64Array, Jv: readonly Float64Array[]): number {
  const {
    spec: { loss, targets },
    program: { outputs },
    weights,
  } = given;
  const slope = new Float64Array(outputs);
  return weights.reduce((sum, weight, i) => {
    loss.row(outputsAt(given, at, i), 0, outputs, targets, i * loss.targetWidth(outputs), slope, null);
    return sum + weight * slope.reduce((part, s, a) => part + s * Jv[i]![a]!, 0);
  }, 0);
}

/** sum_i w_i (J u)' C_i (J v) */
function gaussNewton(given: Problem, at: Float64Array, Ju: readonly Float64Array[], Jv: readonly Float64Array[]): number {
  const {
    spec: { loss, targets },
    program: { outputs },
    weights,
  } = given;
  const slope = new Float64Array(outputs);
  const C = new Float64Array(outputs ** 2);
  return weights.reduce((sum, weight, i) => {
    loss.row(outputsAt(given, at, i), 0, outputs, targets, i * loss.targetWidth(outputs), slope, C);
    return (
      sum +
      weight *
        Ju[i]!.reduce((part, a, p) => part + Jv[i]!.reduce((inner, b, q) => inner + a * C[p * outputs + q]! * b, 0), 0)
    );
  }, 0);
}

const single = lossCases.filter(({ outputs, loss }) => outputs === 1 && isDefault(loss));

describe.each(
  everyNetwork.flatMap((network) => single.map((loss) => ({ label: `${network.label}, ${loss.label}`, network, loss }))),
)('curvature factors of $label', ({ network, loss }) => {
  // With one output the random sign squares away, and the factors are sums over the rows of what the outputs' derivatives
  // say.
  it('are the second moments of the derivatives', async () => {
    const given = await problem(network, loss);
    const { tracked, point, program } = given;
    await tracked.restart(point);
    // Every 7th row, from the first one on.
    const factors = await tracked.factors({ maxRows: 10, seed: 1 }, true);
    const rows = given.weights.map((_, i) => i).filter((i) => i % 7 === 0);
    const total = rows.reduce((sum, i) => sum + given.weights[i]!, 0);
    const roots = rows.map((i) => {
      const e = Float64Array.of(1);
      loss.loss.curvatureRoot!(outputsAt(given, point, i), 0, 1, given.spec.targets, i, e);
      return Math.sqrt(given.weights[i]! / total) * e[0]!;
    });
    const derivative = (m: number, at: number): number => {
      const unit = new Float64Array(point.length);
      unit[at] = 1;
      const i = rows[m]!;
      return (
        (roots[m]! *
          (outputsAt(given, moved(point, 1e-5, unit), i)[0]! - outputsAt(given, moved(point, -1e-5, unit), i)[0]!)) /
        2e-5
      );
    };
    program.layers.forEach((layer, l) => {
      const { offset } = program.layout.blocks[2 * l]!;
      const bias = program.layout.blocks[2 * l + 1]!.offset;
      const units = roots.map((_root, m) => Array.from({ length: layer.outputs }, (_unit, k) => derivative(m, bias + k)));
      const last = layer.outputs - 1;
      close(
        factors.outputs[l]![last]!,
        units.reduce((sum, q) => sum + q[0]! * q[last]!, 0),
        1e-5,
      );
      const share = units.reduce((sum, q) => sum + q.reduce((squares, v) => squares + v * v, 0), 0);
      const input = factors.inputs[l]!;
      const size = layer.inputs + 1;
      const weighted = roots.reduce(
        (sum, _, m) =>
          sum +
          units[m]!.reduce((part, q, k) => part + q * derivative(m, offset + (layer.inputs - 1) * layer.outputs + k), 0),
        0,
      );
      close(input[(size - 2) * size + size - 1]! * share, weighted, 1e-5);
      close(input[size * size - 1]!, share > 0 ? 1 : 0, 1e-12);
    });
  });
});

describe.each(networkCases)('the state of $label', (network) => {
  const loss = lossCases.find((one) => one.outputs > 1)!;

  it('goes on with equal bits and no product', async () => {
    const given = await problem(network, loss);
    const { tracked, point, program } = given;
    const size = program.layout.size;
    const d = drawParameters(createRandom(2), size);
    const gradient = new Float64Array(size);
    await tracked.restart(point);
    await tracked.span(
      [d],
      [],
      Int32Array.from(program.layers, () => 0),
      1,
    );
    await tracked.advance(Float64Array.of(0.2), gradient);
    const products = await tracked.products();
    expect(products).toHaveLength(2);
    const at = moved(point, 0.2, d);
    const other = backend.trackedLoss(given.spec);
    const counts = { ...given.matrix.counts };
    await other.resume(at, products);
    expect(given.matrix.counts).toEqual(counts);
    const course = async (loss: TrackedLoss): Promise<unknown[]> => {
      await loss.span(
        [d],
        [d.map((v) => 0.2 * v)],
        Int32Array.from({ length: 2 * program.layers.length }, (_, v) => v),
        2 * program.layers.length,
      );
      const t = new Float64Array(2 * program.layers.length).fill(0.07);
      return [await loss.evaluate(t), await loss.advance(t, gradient), gradient.slice(), await loss.products()];
    };
    expect(await course(other)).toEqual(await course(tracked));
  });
});

describe('misuse', () => {
  const [network, loss] = [
    networkCases.find(({ network: { name } }) => name === 'linear')!,
    lossCases.find(({ outputs }) => outputs === 1)!,
  ];

  it('is answered in words', async () => {
    const { spec, tracked, point } = await problem(network, loss);
    expect(() => backend.trackedLoss({ ...spec, targets: new Float64Array(3) })).toThrow(
      'The targets must be of length 70 (70 rows x 1)',
    );
    expect(() => backend.trackedLoss({ ...spec, offsets: new Float64Array(3) })).toThrow(
      'The offsets must be of length 70 (70 rows x 1 outputs)',
    );
    await expect(async () => tracked.advance(null, point.slice())).rejects.toThrow('call restart() or resume() first');
    await expect(async () => tracked.nodeValue(0)).rejects.toThrow('call restart() or resume() first');
    expect(() => tracked.replaceBehind(point)).toThrow('call restart() or resume() first');
    await tracked.restart(point);
    await expect(async () => tracked.value(new Float64Array(1))).rejects.toThrow('call span() before');
    expect(() => tracked.resume(point, [])).toThrow('The tracked products must be from 1 to 3');
    await expect(async () => tracked.nodeValue(9)).rejects.toThrow('The node of a network must be an integer from 0 to 0');
    expect(() => tracked.replaceBehind(new Float64Array(1))).toThrow('The parameter vector must be of length');
    tracked.dispose();
    await expect(async () => tracked.restart(point)).rejects.toThrow('This tracked loss has been disposed.');
  });

  it('a cancelled call rejects, and a restart makes all good', async () => {
    const { tracked, point } = await problem(network, loss);
    await tracked.restart(point);
    const running = tracked.advance(null, point.slice());
    tracked.cancel();
    await expect(running).rejects.toThrow('cancelled');
    await tracked.restart(point);
    expect((await tracked.advance(null, point.slice())).value).toBeGreaterThan(0);
  });
});
