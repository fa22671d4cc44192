import { describe, expect, it } from 'vitest';
import { createRandom, localVolume, train, type LocalVolumeOptions } from '../../lib/index.js';
import { logAdd, logAlongRay, logMean, logSphere } from '../../lib/diagnostics/log-volume.js';
import { rayLength } from '../../lib/diagnostics/ray-length.js';

const [rows, columns] = [60, 5];
const random = createRandom(4);
const values = new Float64Array(rows * columns);
for (let i = 0; i < rows; i++) {
  const shared = random.normal();
  for (let j = 0; j < columns; j++) values[i * columns + j] = 10 * j + (1 + j) * (shared + 0.4 * random.normal());
}
const x = { rows, columns, values };
const y = Float64Array.from(
  { length: rows },
  (_, i) => values[i * columns]! - values[i * columns + 3]! / 4 + random.normal(),
);
const common = { backend: 'javascript' } as const;
const exact = { ...common, precondition: 'kronecker', damping: 1e-13 } as const;

/** log det of the Hessian of (1/2) mean (o - y)^2 in the frame: of [x; 1][x; 1]' / n with x standardized. */
function logDeterminant(): number {
  const size = columns + 1;
  const standard = Array.from({ length: rows }, () => new Array<number>(size).fill(1));
  for (let j = 0; j < columns; j++) {
    const own = Array.from({ length: rows }, (_, i) => values[i * columns + j]!);
    const mean = own.reduce((sum, one) => sum + one, 0) / rows;
    const scale = Math.sqrt(own.reduce((sum, one) => sum + (one - mean) ** 2, 0) / rows);
    own.forEach((one, i) => (standard[i]![j] = (one - mean) / scale));
  }
  const H = Array.from({ length: size }, (_, a) =>
    Array.from({ length: size }, (_, b) => standard.reduce((sum, row) => sum + row[a]! * row[b]!, 0) / rows),
  );
  let log = 0;
  for (let k = 0; k < size; k++) {
    log += Math.log(H[k]![k]!);
    for (let i = k + 1; i < size; i++) {
      const factor = H[i]![k]! / H[k]![k]!;
      for (let j = k; j < size; j++) H[i]![j] = H[i]![j]! - factor * H[k]![j]!;
    }
  }
  return log;
}

/** log of the volume of { z : z'Hz / 2 <= cutoff }. */
function ellipsoid(cutoff: number): number {
  const D = columns + 1;
  return logSphere(D) - Math.log(D) + (D / 2) * Math.log(2 * cutoff) - logDeterminant() / 2;
}

describe('a quadratic', async () => {
  const { model } = await train({ x, y }, { ...common, l2: 0, tolerance: 1e-12 });
  const volume = (options: LocalVolumeOptions) => localVolume(model, { x, y }, { ...common, ...options });

  it('has the volume of its ellipsoid: exactly with its own Hessian, ray by ray', async () => {
    for (const cutoff of [1e-4, 0.01, 3]) {
      const found = await volume({ ...exact, cutoff, samples: 3 });
      expect(Math.abs(found.logVolume - ellipsoid(cutoff))).toBeLessThan(2e-3);
      expect(found.standardError).toBeLessThan(2e-3);
      expect(found.effectiveSamples).toBeCloseTo(3, 4);
    }
  });

  it('has it without, to the standard error, which is larger', async () => {
    const plain = await volume({ samples: 3000, seed: 5 });
    expect(plain.effectiveSamples).toBeLessThan(2500);
    expect(plain.standardError).toBeGreaterThan(0.01);
    expect(Math.abs(plain.logVolume - ellipsoid(0.01))).toBeLessThan(4 * plain.standardError);
  });

  it('takes a product a ray, for both ends, and a few evaluations without one', async () => {
    const found = await volume({ samples: 20 });
    expect(found).toMatchObject({ products: 20, dimension: columns + 1, unbounded: 0 });
    expect(found.evaluations).toBeGreaterThanOrEqual(2 * 2 * 20);
    expect(found.evaluations).toBeLessThan(12 * 2 * 20);
  });

  it('has nearly all of a narrow normal distribution around it, and a flat one is a multiple of length', async () => {
    const centered = await train({ x, y: new Float64Array(rows) }, { ...common, l2: 0, task: 'regression' });
    const of = (options: LocalVolumeOptions) =>
      localVolume(centered.model, { x, y: new Float64Array(rows) }, { ...common, ...options });
    const all = await of({ cutoff: 1e8, sigma: 0.5, samples: 10 });
    expect(all.logVolume).toBeCloseTo(0, 6);
    const [wide, length] = [await volume({ ...exact, sigma: 1e5, samples: 3 }), await volume({ ...exact, samples: 3 })];
    const D = columns + 1;
    expect(wide.logVolume).toBeCloseTo(length.logVolume - (D / 2) * Math.log(2 * Math.PI * 1e10), 3);
  });

  it('is the same in any unit of a column', async () => {
    const scaled = { ...x, values: values.map((value, e) => (e % columns === 1 ? 1e3 * value - 5 : value)) };
    const other = await train({ x: scaled, y }, { ...common, l2: 0, tolerance: 1e-12 });
    const found = await localVolume(other.model, { x: scaled, y }, { ...exact, samples: 3 });
    expect(Math.abs(found.logVolume - ellipsoid(0.01))).toBeLessThan(3e-3);
  });

  it('refuses what makes no sense', async () => {
    await expect(volume({ cutoff: 0 })).rejects.toThrow('cutoff must be');
    await expect(volume({ samples: 1 })).rejects.toThrow('samples must be an integer of at least 2, but 1 was given.');
    await expect(volume({ precondition: 'adam' as 'none' })).rejects.toThrow("precondition must be 'none' or 'kronecker'");
    await expect(volume({ sample: 3 } as object)).rejects.toThrow("'sample'");
    const narrow = { x: { rows, columns: 1, values: y }, y };
    await expect(localVolume(model, narrow, common)).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' });
  });
});

describe('a network', () => {
  it('is measured surer with a preconditioner, and is a probability with a normal distribution', async () => {
    const settings = { ...common, network: 'mlp', hidden: [3], l2: 1e-3, maxIterations: 200 } as const;
    const { model } = await train({ x, y }, settings);
    const at = (options: LocalVolumeOptions) =>
      localVolume(model, { x, y }, { ...common, l2: 1e-3, samples: 200, ...options });
    const [plain, stretched] = [await at({}), await at({ precondition: 'kronecker' })];
    expect(stretched.effectiveSamples).toBeGreaterThan(plain.effectiveSamples);
    expect(Number.isFinite(stretched.logVolume)).toBe(true);
    expect((await at({ sigma: 1 })).logVolume).toBeLessThan(0);
  });

  it('has no end where the loss never rises', async () => {
    const labels = Array.from(y, (_, i) => (values[i * columns]! > 0 ? 'a' : 'b'));
    const { model } = await train({ x, y: labels }, { ...common, maxIterations: 40 });
    const far = await localVolume(model, { x, y: labels }, { ...common, cutoff: 1e9, samples: 4 });
    expect(far).toMatchObject({ logVolume: Infinity, unbounded: 8 });
  });
});

describe('parts', () => {
  it('a ray ends where the rise is the cutoff', async () => {
    const rises = [
      (r: number) => r ** 2,
      (r: number) => r ** 4 + 3 * r,
      (r: number) => (r > 2 ? NaN : 1e-3 * r),
      Math.expm1,
    ];
    for (const rise of rises) {
      for (const near of [1e-3, 1, 50]) {
        const end = await rayLength(async (r) => rise(r), 0.3, { near, limit: 1e4, tolerance: 1e-9 });
        expect(Math.abs(rise(end * (1 - 1e-8)) - 0.3) < 1e-6 || Math.abs(end - 2) < 1e-7).toBe(true);
      }
    }
    expect(await rayLength(async () => -1, 0.3, { near: 1, limit: 64, tolerance: 1e-9 })).toBe(64);
  });

  it('spheres, sums and integrals in logarithms', () => {
    [2, 2 * Math.PI, 4 * Math.PI, 2 * Math.PI ** 2].forEach((area, d) =>
      expect(logSphere(d + 1)).toBeCloseTo(Math.log(area), 12),
    );
    expect(logAdd(Math.log(2), Math.log(3))).toBeCloseTo(Math.log(5), 14);
    expect(logAdd(-1e5, -1e5)).toBeCloseTo(Math.LN2 - 1e5, 9);
    expect(logMean(Float64Array.of(1000, 1000)).mean).toBe(1000);
    // 1 - exp(-R^2 / 2) for r exp(-r^2 / 2), and sqrt(pi / 2) erf(1 / sqrt 2).
    for (const R of [0.1, 1, 30]) expect(logAlongRay(R, 2, 0, 1, 1)).toBeCloseTo(Math.log(-Math.expm1((-R * R) / 2)), 7);
    expect(logAlongRay(1, 1, 0, 1, 1)).toBeCloseTo(Math.log(Math.sqrt(Math.PI / 2) * 0.6826894921370859), 8);
  });
});
