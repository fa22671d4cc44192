/** Moller's scaled conjugate gradients: conjugate gradients on a quadratic, the curvature that they use, and their comparison parameter. */
import { describe, expect, it } from 'vitest';
import { scaledConjugateGradient } from '../../lib/directions/index.js';
import type { ScaledConjugateGradientState } from '../../lib/directions/scaled-conjugate-gradient.js';
import { fixed, plane } from '../../lib/steps/index.js';
import { gaussNewton } from '../../lib/subspace/index.js';
import { backends } from '../support/backends.js';
import { networkNamed, open, openAtStart, smallProblem } from '../support/problems.js';
import { dot } from '../support/reference.js';
import { train } from '../support/runs.js';

const curved = smallProblem({ network: networkNamed('mlp 4 tanh'), loss: 'squared', seed: 4 });
const quadratic = smallProblem({ loss: 'squared', columns: 5, rows: 40, seed: 8 });

describe.each(backends)('on the $name backend', (backend) => {
  it('is the method of conjugate gradients on a quadratic: n parameters take n iterations', async () => {
    const options = {
      backend,
      direction: scaledConjugateGradient({ damping: 1e-12 }),
      stepRule: fixed({ rate: 1 }),
      l2: 0.1,
    };
    const { history } = await train(quadratic, { ...options, iterations: 6 });
    expect(history.at(-1)!.gradientNorm).toBeLessThan(1e-9 * history[0]!.gradientNorm);
    expect(history.at(-3)!.gradientNorm).toBeGreaterThan(1e-9 * history[0]!.gradientNorm);
  });

  it("knows d'C d from the product X d alone", async () => {
    const { objective } = await openAtStart(curved, { backend, l2: 0.05 });
    const d = Float64Array.from(objective.gradient, (g, e) => -g + 0.1 * Math.sin(e));
    const phi = await objective.span([d], 0, 'layers');
    const before = objective.products;
    const along = phi.main;
    const [gauss, hessian] = [await phi.curvatureAlong(along), await phi.curvatureAlong(along, true)];
    expect(objective.products).toEqual(before);
    expect(gauss).toBeGreaterThan(0);
    // A second difference of values, with a step for which both its errors are small.
    const h = 1e-3;
    const at = (a: number): Promise<number> => phi.value(along.map((one) => a * one));
    const second = ((await at(h)) - 2 * (await at(0)) + (await at(-h))) / h ** 2;
    expect(Math.abs(hessian / second - 1)).toBeLessThan(1e-5);
    expect(Math.abs(gauss / second - 1)).toBeGreaterThan(1e-3);
    objective.dispose();
  });

  it('has one matrix for a linear model', async () => {
    const { objective } = await openAtStart(smallProblem({ loss: 'logistic', seed: 3 }), { backend, l2: 0.05 });
    const phi = await objective.span([objective.gradient.slice()], 0, 'joint');
    const [gauss, hessian] = [await phi.curvatureAlong(phi.main), await phi.curvatureAlong(phi.main, true)];
    expect(Math.abs(hessian / gauss - 1)).toBeLessThan(1e-8);
    objective.dispose();
  });
});

describe('the length', () => {
  const direction = scaledConjugateGradient();

  it("is mu / (d'C d + lambda d'd), and lambda falls where the model foretells well", async () => {
    const { objective } = await openAtStart(quadratic, { l2: 0.1 });
    const state = direction.start();
    state.lambda = 0.5;
    const [d] = await direction.next(state, objective);
    const phi = await objective.span([d!], 0, 'joint');
    const length = await direction.unit!(state, phi);
    const { curvature } = await phi.evaluate(new Float64Array(1));
    expect(length).toBeCloseTo(-dot(d!, objective.gradient) / (curvature[0]! + 0.5 * dot(d!, d!)), 12);
    // Of a parabola, Delta = 2 - d'C d / delta, at least 1.
    expect(state.lambda).toBe(0.125);
    objective.dispose();
  });

  it('raises lambda until f does not rise, for evaluations and no products', async () => {
    const { objective } = await openAtStart(curved, { l2: 0.05 });
    const state = direction.start();
    // A direction so long that the parabola at its beginning says nothing about its end.
    const [d] = await direction.next(state, objective);
    const phi = await objective.span([d!], 0, 'joint');
    const flat = { ...phi, main: phi.main, norms: phi.norms, slopes0: phi.slopes0, value0: phi.value0 };
    const falsely = { ...flat, value: (t: Float64Array) => phi.value(t), curvatureAlong: async () => 1e-9 };
    const { products } = objective;
    const length = await direction.unit!(state, falsely as unknown as typeof phi);
    expect(await phi.value(Float64Array.of(length))).toBeLessThan(phi.value0);
    expect(state.lambda).toBeGreaterThan(1e-6);
    expect(objective.products).toEqual(products);
    objective.dispose();
  });

  it('turns a negative curvature into a step down', async () => {
    const { objective } = await openAtStart(curved, { l2: 0.05 });
    const state: ScaledConjugateGradientState = direction.start();
    const [d] = await direction.next(state, objective);
    const phi = await objective.span([d!], 0, 'joint');
    const bent = {
      main: phi.main,
      norms: phi.norms,
      slopes0: phi.slopes0,
      value0: phi.value0,
      value: (t: Float64Array) => phi.value(t),
    };
    const length = await direction.unit!(state, { ...bent, curvatureAlong: async () => -2 } as unknown as typeof phi);
    expect(length).toBeGreaterThan(0);
    expect(await phi.value(Float64Array.of(length))).toBeLessThanOrEqual(phi.value0);
    objective.dispose();
  });

  it('is what the step rule takes for its step 1', async () => {
    const { history } = await train(curved, { direction, stepRule: fixed({ rate: 1 }), iterations: 3, l2: 0.05 });
    const { objective } = await open(curved, { l2: 0.05, memory: 0, frame: 'standard' });
    await objective.start(curved.start);
    const state = direction.start();
    const phi = await objective.span(await direction.next(state, objective), 0, 'joint');
    const length = await direction.unit!(state, phi);
    expect(Object.values(history[1]!.steps)[0]).toEqual({ 'scaled-conjugate-gradient': length });
    objective.dispose();
  });

  it('lets plane search go on from there', async () => {
    const { history } = await train(curved, {
      direction,
      stepRule: plane(gaussNewton()),
      memory: 1,
      iterations: 30,
      l2: 0.05,
    });
    expect(history.every(({ status }) => status === 'step' || status === 'start')).toBe(true);
  });
});

it('refuses what it does not know', () => {
  expect(() => scaledConjugateGradient({ curvature: 'newton' as never })).toThrow(
    "scaled-conjugate-gradient curvature must be one of gauss-newton, hessian, but 'newton' was given.",
  );
});
