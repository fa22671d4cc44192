/** NPZ: an archive has a checksum for every array, so that a damaged one is refused or still holds the arrays that it held. */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { DEFAULT_LIMITS } from '../../../lib/data/limits.js';
import type { NpyArray } from '../../../lib/data/numpy/npy.js';
import { readNpz } from '../../../lib/data/numpy/npz.js';
import { accepted, caseFile, fixture, LIMITS, pieces, read, type Target } from '../target.js';

const file = caseFile('npz', 'case.npz');
const limits = { ...DEFAULT_LIMITS, ...LIMITS };
const seeds = ['train', 'one', 'positional', 'unusual', 'keras', 'scipy-csr'].map((name) => fixture('numpy', `${name}.npz`));

const textOf = ({ values, shape, fortran }: NpyArray): string =>
  JSON.stringify([shape, fortran, Array.isArray(values) ? values : [...values]]);
const known = new Set<string>();
for (const bytes of seeds) {
  writeFileSync(file, bytes);
  for (const array of Object.values(await readNpz(file, (names) => names, limits))) known.add(textOf(array));
}

export const npz: Target = {
  seeds,
  pieces: pieces(
    ...['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'X.npy', 'y.npy', '../x.npy', '.npy', '__proto__.npy', '\0'],
    ...[
      Buffer.from([8, 0]),
      Buffer.from([0, 0]),
      Buffer.from([255, 255, 255, 255]),
      Buffer.from([8, 0, 8, 0]),
      Buffer.from([1, 0]),
    ],
  ),
  async check(bytes) {
    const table = await read(file, bytes, { format: 'npz' });
    const arrays = await accepted(() => readNpz(file, (names) => names, limits));
    for (const array of Object.values(arrays ?? {})) expect(known).toContain(textOf(array));
    return table !== null;
  },
};
