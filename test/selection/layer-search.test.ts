/** The search over the layers' penalties on functions whose minimum is known. */
import { expect, it } from 'vitest';
import { followLayers, isHomogeneousChain, type LayerMember } from '../../lib/selection/layer-search.js';
import { WORTHWHILE } from '../../lib/selection/penalty-path.js';
import { gated, linear, mlp, skip, type Network } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';

interface Tried extends LayerMember {
  readonly logs: readonly number[];
}

/** 1 + (1/2) (x - m)' A (x - m), whose slopes are multiplied by `trust`. */
function quadratic(A: readonly (readonly number[])[], m: readonly number[], trust = 1): (logs: readonly number[]) => Tried {
  return (logs) => {
    const image = A.map((row) => row.reduce((sum, a, k) => sum + a * (logs[k]! - m[k]!), 0));
    const loss = 1 + image.reduce((sum, a, k) => sum + 0.5 * a * (logs[k]! - m[k]!), 0);
    return { logs, loss, slopes: image.map((s) => trust * s) };
  };
}

async function searched(f: (logs: readonly number[]) => Tried, layers: number, limit = 12) {
  const first = f(Array.from({ length: layers }, () => 0));
  const tried = await followLayers(first, async (logs) => f(logs), limit);
  const best = [first, ...tried].reduce((a, b) => (b.loss < a.loss ? b : a));
  return { first, tried, best };
}

it.each([
  [
    'two layers',
    [
      [0.02, 0],
      [0, 0.08],
    ],
    [1.5, -2.5],
  ],
  [
    'three, coupled',
    [
      [0.05, 0.02, 0],
      [0.02, 0.04, -0.01],
      [0, -0.01, 0.03],
    ],
    [2, -1, 3],
  ],
  [
    'far away',
    [
      [0.01, 0],
      [0, 0.01],
    ],
    [-6, 6],
  ],
  // One direction of no curvature: along it nothing is promised.
  [
    'a flat direction',
    [
      [0.03, 0.03],
      [0.03, 0.03],
    ],
    [1, 1],
  ],
])('finds the minimum: %s', async (_, A, m) => {
  const { best, tried } = await searched(quadratic(A, m), m.length);
  expect(best.loss - 1).toBeLessThan(2 * WORTHWHILE);
  expect(tried.length).toBeLessThanOrEqual(12);
});

it('no step is longer than a factor of 8 a layer, the first one than 4', async () => {
  const { tried } = await searched(
    quadratic(
      [
        [0.001, 0],
        [0, 0.001],
      ],
      [40, -40],
    ),
    2,
  );
  let from: readonly number[] = [0, 0];
  for (const [k, { logs }] of tried.entries()) {
    const most = Math.max(...logs.map((x, l) => Math.abs(x - from[l]!)));
    expect(most).toBeLessThanOrEqual(Math.log(k === 0 ? 4 : 8) + 1e-12);
    from = logs;
  }
});

it('nothing is tried where the slopes promise too little, or where there are none', async () => {
  const at = async (member: LayerMember) => (await followLayers(member, async () => member, 6)).length;
  expect(await at({ loss: 1, slopes: [1e-4, -1e-4] })).toBe(0);
  expect(await at({ loss: 1, slopes: [0, 0] })).toBe(0);
  expect(await at({ loss: 1, slopes: [NaN, 1] })).toBe(0);
  expect(await at({ loss: Infinity, slopes: [1, 1] })).toBe(0);
});

it('slopes of the wrong sign or size, and losses that explode, end it within the limit', async () => {
  for (const trust of [-1, 10, 0.1]) {
    const { first, best, tried } = await searched(
      quadratic(
        [
          [0.3, 0],
          [0, 0.2],
        ],
        [1, -1],
        trust,
      ),
      2,
      6,
    );
    expect(best.loss).toBeLessThanOrEqual(first.loss);
    expect(tried.length).toBeLessThanOrEqual(6);
  }
  const explodes = (logs: readonly number[]): Tried =>
    Math.max(...logs) > 0.7
      ? { logs, loss: NaN, slopes: [NaN, NaN] }
      : quadratic(
          [
            [0.3, 0],
            [0, 0.2],
          ],
          [1, -1],
        )(logs);
  const { first, best, tried } = await searched(explodes, 2, 6);
  expect(best.loss).toBeLessThan(first.loss);
  expect(tried.length).toBeLessThanOrEqual(6);
});

it.each<[boolean, string, Network]>([
  [true, 'mlp of relu', mlp({ hidden: [3, 2], activation: 'relu' })],
  [true, 'linear', linear()],
  [false, 'mlp of tanh', mlp({ hidden: [3], activation: 'tanh' })],
  [false, 'gated', gated({ hidden: [3] })],
  [false, 'skip', skip({ hidden: [3], activation: 'relu' })],
])('a homogeneous chain, %s: %s', (expected, _, network) => {
  expect(isHomogeneousChain(programOf(network.architecture(4, 1)))).toBe(expected);
});
