#!/usr/bin/env node
/**
 * `npm run setup`: everything between a fresh clone and a working checkout. It runs before any package is installed, so
 * it and everything it imports use nothing but Node itself.
 *
 * `npm run setup -- --mpi` also builds the communicator for the MPIs of this machine (docs/scale.md).
 *
 * PLANESEARCH_SKIP_NATIVE=1           TypeScript only; the JavaScript backend is used
 * PLANESEARCH_NO_SYSTEM_PACKAGES=1    never call the system's package manager, say what is missing instead
 */
import { runScript, setUp } from './setup/steps.mjs';

await runScript(async () => {
  await setUp();
  if (!process.argv.includes('--mpi')) return;
  const { setupMpi } = await import('../dist/distributed/setup-mpi.js');
  console.log(`setup: MPI              built for ${(await setupMpi()).join(' and ')}`);
});
