/** Functions of a few step sizes, as they were met, on which a subspace solver went wrong. */
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../lib/backends/backend.js';
import { barzilaiBorwein, gaussNewton, type SubspaceProblem } from '../../lib/subspace/index.js';
import { moved } from '../../lib/subspace/subspace-solver.js';
import { backends } from '../support/backends.js';
import { dot } from '../support/reference.js';
import { phiAt, readCapture, replay } from './capture.js';

type Visit = Evaluation & { readonly t: Float64Array };

/** phi, telling `visit` every evaluation and taking `value0` for phi(0). */
function watched(phi: SubspaceProblem, visit: (at: Visit) => void, value0 = phi.value0): SubspaceProblem {
  const { dimension, slopes0, norms, main } = phi;
  return {
    dimension,
    slopes0,
    norms,
    main,
    value0,
    value: (t) => phi.value(t),
    async evaluate(t) {
      const evaluation = await phi.evaluate(t);
      visit({ ...evaluation, t: t.slice() });
      return evaluation;
    },
  };
}

/** The visits that lie below all before them, which are those that a monotone search takes. */
function falling(visits: readonly Visit[], below: number): Visit[] {
  return visits.filter((at, i) => at.value < Math.min(below, ...visits.slice(0, i).map(({ value }) => value)));
}

describe.each(backends)('on the $name backend', (backend) => {
  it('gauss-newton left most of the decrease on a line along which phi is concave: it goes on while phi falls', async () => {
    const phi = await phiAt(await replay(readCapture('concave'), backend), 'joint');
    const visits: Visit[] = [];
    const { value } = await gaussNewton().minimize(watched(phi, (at) => visits.push(at)));
    const taken = falling(visits, Infinity);
    const along = (i: number, at: Visit): number => dot(at.slopes, moved(taken[i + 1]!.t, -1, taken[i]!.t));
    // The slope grows steeper along the step, and phi falls by more than twice the promise, which is -slope / 2.
    const concave = taken
      .slice(0, -1)
      .findIndex((from, i) => along(i, taken[i + 1]!) < along(i, from) && along(i, from) < 0);
    const [from, to] = [taken[concave]!, taken[concave + 1]!];
    expect(from.value - to.value).toBeGreaterThan(-along(concave, from));
    // The search once ended there.
    expect(phi.value0 - value).toBeGreaterThan(3 * (phi.value0 - to.value));
  });

  it("barzilai-borwein met s'y < 0, which makes a step length uphill, and named another reason than its budget", async () => {
    const phi = await phiAt(await replay(readCapture('concave'), backend), 'joint');
    const visits: Visit[] = [];
    const { t, value, decreased, reason } = await barzilaiBorwein().minimize(watched(phi, (at) => visits.push(at)));
    const taken = falling(visits, phi.value0);
    // In columns of unit length alpha = s'y / s's, and where it is negative t - s / alpha leads uphill.
    const steps = taken.slice(1).map((to, i) => {
      const s = to.t.map((x, v) => (x - taken[i]!.t[v]!) * phi.norms[v]!);
      const y = to.slopes.map((slope, v) => (slope - taken[i]!.slopes[v]!) / phi.norms[v]!);
      return { to, alpha: dot(s, y) / dot(s, s) };
    });
    const { to, alpha } = steps.find((step) => step.alpha < 0)!;
    expect(await phi.value(to.t.map((x, v) => x - to.slopes[v]! / phi.norms[v]! ** 2 / alpha))).toBeGreaterThan(to.value);

    expect(decreased).toBe(true);
    expect(value).toBe(taken.at(-1)!.value);
    expect(Array.from(t)).toEqual(Array.from(taken.at(-1)!.t));
    // The last trial was refused: its halving ended with the budget, not by itself.
    expect(visits.at(-1)).not.toBe(taken.at(-1));
    expect(visits).toHaveLength(25);
    expect(reason).toBe('the budget of 25 evaluations is used up');
  });

  it.each([1, 4])(
    't = 0 was a decrease with f as tracked %i roundings above phi(0): gauss-newton stays and says so',
    async (roundings) => {
      const phi = await phiAt(await replay(readCapture('stationary'), backend), 'joint');
      const { value: evaluated } = await phi.evaluate(new Float64Array(phi.dimension));
      for (const side of [1, -1]) {
        const tracked = evaluated * (1 + side * roundings * Number.EPSILON);
        expect(Math.sign(tracked - evaluated)).toBe(side);
        const visits: Visit[] = [];
        const { t, decreased, reason } = await gaussNewton().minimize(watched(phi, (at) => visits.push(at), tracked));
        const guessed = await gaussNewton().minimize(
          watched(phi, () => {}, tracked),
          phi.main,
        );
        expect(guessed.decreased).toBe(false);
        // Nothing visited lies below phi(0); above, it does lie below the tracked objective.
        expect(Math.min(...visits.map(({ value }) => value)) < tracked).toBe(side > 0);
        expect(decreased).toBe(false);
        expect(t.every((x) => x === 0)).toBe(true);
        expect(reason).toMatch(/promises a decrease of \d.*e-1\d, below the rounding/);
      }
    },
  );
});
