/**
 * Every product as a multiple of its floor: the same product by one call of cblas, or reading X once.
 *
 *     node bench/bare.mjs [--threads N] [--rows 60000] [--columns 784] [--rounds 3] [--quick]
 *
 * Builds and runs `native/bench/products_bench.cc` with the compiler that built the addon; where that is not there it says so and ends
 * well. A table on standard error, JSON on standard output.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { textTable } from './report/table.mjs';
import { describeMachine, load, sameForAll } from './support/machine.mjs';

const { values: given } = parseArgs({
  options: {
    threads: { type: 'string' },
    rows: { type: 'string' },
    columns: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const build = path.join(root, 'build');

/** The program, or a sentence why there is none. */
async function program() {
  if (!existsSync(path.join(build, 'CMakeCache.txt'))) return { absent: 'there is no native build; run `npm run setup`' };
  try {
    await execute('cmake', ['--build', build, '--config', 'Release', '--target', 'products_bench'], { maxBuffer: 2 ** 26 });
  } catch (error) {
    return { absent: `products_bench was not built: ${(error.stdout || error.message).trim().split('\n').at(-1)}` };
  }
  const names = ['products_bench', 'Release/products_bench.exe', 'Release/products_bench'];
  const file = names.map((name) => path.join(build, name)).find((name) => existsSync(name));
  return file ? { file } : { absent: 'products_bench was built, but is not where it was expected' };
}

const { file, absent } = await program();
if (absent) {
  const skipped = `Left out: ${absent}.`;
  console.error(skipped);
  console.log(JSON.stringify({ skipped }));
} else {
  const numbers = [
    given.threads ?? availableParallelism(),
    given.rows ?? (given.quick ? 3000 : 60000),
    given.columns ?? (given.quick ? 100 : 784),
    given.rounds ?? (given.quick ? 1 : 3),
  ];
  const loadBefore = load();
  const { stdout } = await execute(file, ['--json', ...numbers.map(String)], {
    maxBuffer: 2 ** 26,
    env: sameForAll(numbers[0]),
  });
  const { products, blas, core, simd, threads } = JSON.parse(stdout);
  const results = products.map((p) => ({
    ...p,
    overBlas: p.blasMs > 0 ? p.ms / p.blasMs : null,
    overRead: p.ms / p.readMs,
    gigabytesPerSecond: (p.entries * bytesOfEntry(p)) / p.readMs / 1e6,
  }));
  console.error(`${blas.split(' ').slice(0, 2).join(' ')} with ${core} kernels, SIMD ${simd}, ${threads} thread(s)`);
  console.error(
    textTable({
      columns: ['X', 'bits', 'rows', 'columns', 'r', 'product', 'ms', 'over bare BLAS', 'over reading X once'],
      rows: results.map((p) => [
        p.matrix,
        p.bits,
        p.rows,
        p.columns,
        p.width,
        p.product,
        p.ms.toPrecision(4),
        p.overBlas === null ? '' : p.overBlas.toFixed(2),
        p.overRead.toFixed(2),
      ]),
    }),
  );
  console.log(JSON.stringify({ machine: describeMachine(), load: [loadBefore, load()], threads, results }));
}

/** Dense: the number; sparse: its column as well, and without the number where all are ones. */
function bytesOfEntry({ matrix, bits }) {
  return (matrix === 'ones' ? 0 : bits / 8) + (matrix === 'dense' ? 0 : 4);
}
