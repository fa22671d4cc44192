/** Which columns are presented as the penalty sees them, and how long. */
import { describe, expect, it } from 'vitest';
import { noFrame } from '../../lib/backends/frame.js';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { HeldColumns, MOMENTS_COLUMNS } from '../../lib/core/held-columns.js';
import type { Penalized } from '../../lib/core/penalty.js';
import { linear, mlp } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';

const WIDE = MOMENTS_COLUMNS + 1;
const L2 = 1e-4;

function held(spreads: Float64Array, hidden?: number, l2 = L2, penalize: Penalized = 'given'): Float64Array {
  const columns = spreads.length;
  const network = hidden ? mlp({ hidden: [hidden] }) : linear();
  const { layout } = programOf(network.architecture(columns, 2));
  const frame = { ...noFrame(columns), scale: spreads };
  const penalty = spreads.map((s) => l2 / s ** 2);
  return new HeldColumns(layout, createJavascriptBackend().vectors, penalty, frame, l2, penalize).factors;
}

/** Words: most are rare, some are in every other text. */
const words = (): Float64Array => Float64Array.from({ length: WIDE }, (_, j) => (j % 100 === 0 ? 3 : 0.1));

describe('columns as the penalty sees them', () => {
  it('in a wide linear model are all in one unit, the long ones too', () => {
    const spreads = words();
    const factors = held(spreads);
    const units = factors.map((factor, j) => spreads[j]! / factor);
    expect(Math.max(...units)).toBeCloseTo(Math.min(...units), 12);
    expect(units[0]).toBeCloseTo(1, 12);
    expect(Math.max(...factors)).toBeCloseTo(3, 12);
  });

  it('leave out a column of another unit', () => {
    const spreads = words();
    spreads[7] = 1e4;
    const factors = held(spreads);
    expect(factors[7]).toBe(1);
    expect(factors[0]).toBeCloseTo(3, 12);
  });

  it('have spread 1 where they are longer than that for a network with hidden layers, or for all units far from the penalty', () => {
    expect(held(words(), 3)[0]).toBe(1);
    expect(held(words().map((s) => 1000 * s)).every((factor) => factor === 1)).toBe(true);
  });

  it('are as they are without a penalty in their units, and where nobody has measured spreads', () => {
    expect(held(words(), undefined, 0.1, 'standardized').every((factor) => factor === 1)).toBe(true);
    const unmeasured = new Float64Array(WIDE).fill(1);
    for (const l2 of [0, 1e-4, 0.5]) expect(held(unmeasured, undefined, l2).every((factor) => factor === 1)).toBe(true);
  });
});
