/** The inverse of the input factor is kept while what is added to its diagonal hardly changes, and a linear metric while its rows do. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { inputSolver, type InputFactor } from '../../lib/directions/input-solver.js';
import { kroneckerLbfgs } from '../../lib/directions/index.js';
import { metricAt, startMetric } from '../../lib/directions/kronecker-metric.js';
import type { LossName } from '../../lib/losses/index.js';
import { backends } from '../support/backends.js';
import { networkNamed, normals, openAtStart, smallProblem } from '../support/problems.js';

const columns = 5;
const size = 256;

/** A positive definite matrix of that order: R'R / 4 of four rows R, and 1 on the diagonal. */
function factor(order = size): Float64Array {
  const R = normals(createRandom(3), 4 * order);
  return Float64Array.from({ length: order * order }, (_, e) => {
    const [i, j] = [Math.floor(e / order), e % order];
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < 4; k++) sum += (R[k * order + i]! * R[k * order + j]!) / 4;
    return sum;
  });
}

/** (A + diag(added)) q */
function times(A: Float64Array, added: Float64Array, q: Float64Array): Float64Array {
  return q.map((value, i) => {
    let sum = added[i]! * value;
    for (let j = 0; j < size; j++) sum += A[i * size + j]! * q[j]!;
    return sum;
  });
}

describe.each(backends)('the input factor on the $name backend', (backend) => {
  const open = () => openAtStart(smallProblem({ columns, network: networkNamed('linear') }), { backend });
  const solved = async (state: InputFactor, added: Float64Array, q: Float64Array): Promise<Float64Array> => {
    const { objective } = await open();
    const out = q.slice();
    await (await inputSolver(state, added, objective))(out, 1);
    return out;
  };

  it('is inverted with what is added, and stays as it is', async () => {
    const A = factor();
    const state: InputFactor = { inputFactor: A.slice(), sketch: null, added: null };
    const added = new Float64Array(size).fill(0.25);
    const q = normals(createRandom(8), size);
    const back = times(A, added, await solved(state, added, q));
    back.forEach((value, i) => expect(value).toBeCloseTo(q[i]!, 8));
    expect(state.inputFactor).toEqual(A);
  });

  it('is factorized anew where twice as much or half of it is added to any column, and serves on otherwise', async () => {
    const state: InputFactor = { inputFactor: factor(), sketch: null, added: null };
    const q = normals(createRandom(9), size);
    const first = await solved(state, new Float64Array(size).fill(1), q);
    expect(await solved(state, new Float64Array(size).fill(1.9), q)).toEqual(first);
    expect(await solved(state, new Float64Array(size).fill(0.6), q)).toEqual(first);
    const more = new Float64Array(size).fill(1);
    more[2] = 2.1;
    const other = await solved(state, more, q);
    expect(other).not.toEqual(first);
    times(state.inputFactor!, more, other).forEach((value, i) => expect(value).toBeCloseTo(q[i]!, 8));
    expect(await solved(state, new Float64Array(size).fill(0.4), q)).not.toEqual(other);
  });

  it('of few columns is factorized for whatever is added', async () => {
    const few = 12;
    const state: InputFactor = { inputFactor: factor(few), sketch: null, added: null };
    const q = normals(createRandom(9), few);
    const first = await solved(state, new Float64Array(few).fill(1), q);
    expect(await solved(state, new Float64Array(few).fill(1.01), q)).not.toEqual(first);
  });

  it('has the same bits after its state was stored', async () => {
    const state: InputFactor = { inputFactor: factor(), sketch: null, added: null };
    const q = normals(createRandom(10), size);
    await solved(state, new Float64Array(size).fill(1), q);
    const near = new Float64Array(size).fill(1.5);
    expect(await solved(structuredClone(state), near, q)).toEqual(await solved(state, near, q));
  });

  it('of a linear network: after five metrics one of eight is formed, and those between are the one before', async () => {
    const problem = smallProblem({ columns, network: networkNamed('linear'), loss: 'softmax' });
    const { objective } = await openAtStart(problem, { backend });
    let formed = 0;
    const { factors } = objective;
    objective.factors = (...given) => {
      formed++;
      return factors.apply(objective, given);
    };
    const state = startMetric(1e-3, 100);
    const q = normals(createRandom(11), problem.start.length);
    const images: Float64Array[] = [];
    for (let k = 0; k < 24; k++) {
      const image = q.slice();
      const held = k === 7 ? structuredClone(state) : null;
      await (await metricAt(state, objective, { maxRows: null, refresh: 100 }))(image);
      if (held) {
        const again = q.slice();
        await (await metricAt(held, objective, { maxRows: null, refresh: 100 }))(again);
        expect(again).toEqual(image);
      }
      images.push(image);
    }
    expect(formed).toBe(5 + 2);
    for (const k of [5, 6, 7]) expect(images[k]).toEqual(images[4]);
    for (let k = 9; k < 16; k++) expect(images[k]).toEqual(images[8]);
  });
});

it('a linear network of several outputs and many rows keeps twenty pairs, others five, and whoever asks for another number has it', async () => {
  const kept = async (network: string, options = {}, loss: LossName = 'softmax', rows = 60): Promise<number> => {
    const { objective } = await openAtStart(smallProblem({ network: networkNamed(network), loss, rows }));
    const direction = kroneckerLbfgs(options);
    const state = direction.start();
    for (let k = 0; k < 30; k++) {
      await objective.span(await direction.next(state, objective), 0, 'joint');
      await objective.commit(Float64Array.of(0.1));
    }
    return state.pairs.length;
  };
  expect(await kept('linear')).toBe(20);
  expect(await kept('mlp 4,3 tanh')).toBe(5);
  expect(await kept('linear', {}, 'logistic')).toBe(5);
  expect(await kept('linear', {}, 'softmax', 20)).toBe(5);
  expect(await kept('linear', { pairs: 3 })).toBe(3);
});
