/** Time by the wall clock, and what it was measured on. */
import { availableParallelism, cpus } from 'node:os';
import { nativeInfo } from 'planesearch';
import { median } from './run.mjs';

/**
 * Alternates the tasks, so that a change of the machine's pace meets all of them alike.
 * @param {Record<string, () => unknown>} tasks awaited one after the other
 * @returns {Promise<Record<string, number>>} median seconds of each; a first round is not counted
 */
export async function alternate(tasks, rounds) {
  const seconds = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      const began = performance.now();
      await task();
      if (round > 0) seconds[name].push((performance.now() - began) / 1000);
    }
  }
  return Object.fromEntries(Object.entries(seconds).map(([name, values]) => [name, median(values)]));
}

export function machine(backend) {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    node: process.version,
    backend: backend.name,
    threads: backend.threads,
    native: backend.name === 'native' ? nativeInfo() : null,
  };
}
