/** The two searches on functions of log l2 whose minimum is known. */
import { describe, expect, it } from 'vitest';
import { nearest } from '../../lib/selection/choose-penalty.js';
import { followGradient } from '../../lib/selection/gradient-search.js';
import { bestOf, followPath, vertex, type PathMember } from '../../lib/selection/penalty-path.js';

const options = { from: 1e-3, least: 1e-12, most: 1e6, factor: 8, limit: 14 };

const functions: readonly [label: string, at: number, f: (x: number) => number, slope: (x: number) => number][] = [
  ['a parabola', 1e-3, (x) => 1 + 0.01 * (x - Math.log(1e-3)) ** 2, (x) => 0.02 * (x - Math.log(1e-3))],
  ['one far to the left', 1e-8, (x) => 1 + 0.01 * (x - Math.log(1e-8)) ** 2, (x) => 0.02 * (x - Math.log(1e-8))],
  ['one far to the right', 20, (x) => 1 + 0.01 * (x - Math.log(20)) ** 2, (x) => 0.02 * (x - Math.log(20))],
  [
    'a valley between an explosion and a plateau',
    1e-4,
    (x) => 1 + Math.exp(-2 * (x - Math.log(1e-4))) + 2 * (x - Math.log(1e-4)),
    (x) => 2 - 2 * Math.exp(-2 * (x - Math.log(1e-4))),
  ],
];

describe.each(functions)('%s', (_, at, f, slope) => {
  const tried = (l2: number) => ({ l2, loss: f(Math.log(l2)), standardError: 0, slope: slope(Math.log(l2)) });
  const bottom = f(Math.log(at));

  it.each([
    ['by values', followPath],
    ['along the gradient', followGradient],
  ] as const)('%s', async (_, follow) => {
    const members: readonly PathMember[] = await (follow as typeof followGradient)(async (l2) => tried(l2), options);
    expect(bestOf(members).loss).toBeLessThan(bottom * (at === 1e-4 ? 1.25 : 1.002));
    expect(members.map(({ l2 }) => l2)).toEqual(members.map(({ l2 }) => l2).sort((a, b) => a - b));
    expect(new Set(members.map(({ l2 }) => l2)).size).toBe(members.length);
    expect(members.length).toBeLessThanOrEqual(12);
  });
});

it('the vertex is that of a parabola, whatever the distances', () => {
  const f = (l2: number) => ({ l2, loss: 2 + 0.3 * (Math.log(l2) - Math.log(0.02)) ** 2, standardError: 0 });
  const found = vertex([f(0.004), f(0.015), f(0.06)])!;
  expect(found.l2).toBeCloseTo(0.02, 12);
  expect(found.gain).toBeCloseTo(f(0.015).loss - 2, 12);
  expect(vertex([f(0.004), f(0.015)])).toBeNull();
});

it('a penalty that changes nothing is not followed for ever, and a column of small numbers is found beyond a plateau', async () => {
  const flat = await followPath(async (l2) => ({ l2, loss: 1, standardError: 0 }), options);
  expect(flat.length).toBeLessThan(9);
  const short = (l2: number) => ({ l2, loss: 1 + l2 + 0.1 / (1 + 1e-8 / l2), standardError: 0 });
  const members = await followPath(async (l2) => short(l2), options);
  expect(bestOf(members).loss).toBeLessThan(1.01);
});

it('goes down no further where the penalty withholds hardly anything, however little it has gained', async () => {
  const held = (l2: number) => ({
    l2,
    loss: 1 + 1e-2 * l2 ** 0.1,
    standardError: 0,
    withheld: () => Promise.resolve(2 * l2),
  });
  const members = await followPath(async (l2) => held(l2), options);
  expect(members[0]!.l2).toBeLessThan(6.25e-5);
  expect(members[1]!.l2).toBeGreaterThan(6.25e-5);
});

it('goes from what explodes to stronger penalties, and no further down than that', async () => {
  const f = (x: number) => ({ loss: 1 + 0.01 * (x - Math.log(3)) ** 2, slope: 0.02 * (x - Math.log(3)) });
  for (const explosion of [0.05, 2.9]) {
    const members = await followGradient(
      async (l2) =>
        l2 < explosion
          ? { l2, loss: Infinity, standardError: Infinity, slope: NaN }
          : { l2, standardError: 0, ...f(Math.log(l2)) },
      options,
    );
    expect(bestOf(members).loss).toBeLessThan(1.005);
    expect(members.length).toBeLessThan(12);
  }
  const nowhere = await followGradient(async (l2) => ({ l2, loss: Infinity, standardError: Infinity, slope: NaN }), options);
  expect(nowhere.every(({ l2 }) => l2 >= options.from)).toBe(true);
});

it('goes up from neighbors that explode, and finds what is between the last of them and the first that does not', async () => {
  const f = (x: number) => 1 + 0.01 * (x - Math.log(0.5)) ** 2;
  // From 1e-3 by eights: 1e-3, 8e-3 and 0.064 explode, 0.512 does not; or only the first two.
  for (const explosion of [0.1, 0.01]) {
    const at: number[] = [];
    const members = await followPath(async (l2) => {
      at.push(l2);
      return l2 < explosion
        ? { l2, loss: Infinity, standardError: Infinity }
        : { l2, loss: f(Math.log(l2)), standardError: 0 };
    }, options);
    expect(bestOf(members).loss).toBeLessThan(1.005);
    expect(Math.min(...at)).toBe(options.from);
    expect(members.length).toBeLessThan(9);
  }
  const nowhere = await followPath(async (l2) => ({ l2, loss: Infinity, standardError: Infinity }), options);
  expect(nowhere.every(({ l2 }) => l2 >= options.from)).toBe(true);
});

it('looks at the strongest penalty where more is promised', async () => {
  const most = 8.9e-3;
  const up = (l2: number) => ({ l2, standardError: 0, loss: -Math.log(l2), slope: -1 });
  for (const follow of [followGradient, followPath] as (typeof followGradient)[]) {
    const members = await follow(async (l2) => up(l2), { ...options, factor: 3, most });
    expect(members.at(-1)!.l2).toBe(most);
    expect(members.length).toBeLessThanOrEqual(3);
  }
});

it('no fit begins where another one exploded', () => {
  const member = (l2: number, loss: number) => ({ l2, loss, standardError: 0, ends: [] });
  const tried = [member(1e-3, Infinity), member(8e-3, Infinity), member(0.5, 1)];
  expect(nearest(tried, 2e-3)).toBe(tried[2]);
  expect(nearest(tried.slice(0, 2), 2e-3)).toBeNull();
});

it('with l1 goes on where all weights are 0', async () => {
  // Above 1e-6 no weight; below, all of them at once.
  const f = (x: number) => (x < Math.log(1e-6) ? { loss: 0.1, slope: 0 } : { loss: 1, slope: 0 });
  const at = async (l2: number) => ({ l2, standardError: 0.01, ...f(Math.log(l2)) });
  for (const follow of [followGradient, followPath] as (typeof followGradient)[])
    expect(bestOf(await follow(at, { ...options, admits: true })).loss).toBe(0.1);
  expect((await followGradient(at, options)).length).toBe(1);
});

it('ends at its limits', async () => {
  const down = await followPath(async (l2) => ({ l2, loss: l2 ** 0.2, standardError: 0 }), { ...options, least: 1e-5 });
  expect(down.every(({ l2 }) => l2 >= 1e-5)).toBe(true);
  const up = await followGradient(async (l2) => ({ l2, loss: l2 ** -0.2, standardError: 0, slope: -0.2 * l2 ** -0.2 }), {
    ...options,
    limit: 6,
  });
  expect(up.length).toBeLessThanOrEqual(6);
});
