/**
 * A short run over the ranks that mpirun has started, for scripts/rank-faults.mjs: all of the start, some traffic, all of the end.
 *
 *     mpirun -n 5 node scripts/rank-job.mjs
 */
import { lead, mpi, serve } from '../dist/distributed/index.js';

const ROWS = 4096;
const COLUMNS = 6;

/** Two classes on either side of a curve. */
function problem() {
  const values = Float64Array.from({ length: ROWS * COLUMNS }, (_, e) => Math.sin(e * e));
  const y = Array.from({ length: ROWS }, (_, i) => (values[COLUMNS * i] > values[COLUMNS * i + 1] ** 2 ? 'yes' : 'no'));
  return { x: { values, rows: ROWS, columns: COLUMNS }, y };
}

const communicator = mpi({ timeout: 30 });
if (communicator.rank > 0) await serve(communicator, { threads: 1 });
else {
  // The others need nothing of it, and a good part of so short a run is the loading of modules.
  const { train } = await import('../dist/index.js');
  const cluster = await lead(communicator, { threads: 1 });
  const { objective } = await train(problem(), {
    network: 'mlp',
    hidden: [8],
    direction: 'lbfgs',
    sample: 'all',
    tolerance: 0,
    maxIterations: 4,
    backend: cluster.backend,
  });
  await cluster.end();
  console.log(String(objective));
}
await communicator.leave(0);
