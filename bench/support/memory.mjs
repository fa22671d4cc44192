/** Peak memory of a training run, beyond the data. Linux only: the kernel's own high-water mark, which can be set back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { matrixOf } from './run.mjs';
import { createStepper } from './stepper.mjs';

const STATUS = '/proc/self/status';
const RESET = '/proc/self/clear_refs';

/** Bytes of a line of /proc/self/status such as VmRSS (now) or VmHWM (most since the reset). */
const bytesOf = (name) => 1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(STATUS, 'utf8'))[1]);

/** Bytes held once what nobody holds has been given back; sets the mark back to them. */
async function atRest() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  writeFileSync(RESET, '5');
  return bytesOf('VmRSS');
}

/** What a function gives, with the most bytes of the process meanwhile and how many of them are new; needs `node --expose-gc`. */
export async function peakOf(work) {
  if (!existsSync(RESET) || !globalThis.gc) return { result: await work(), peak: null, beyond: null };
  const before = await atRest();
  const result = await work();
  const peak = bytesOf('VmHWM');
  return { result, peak, beyond: peak - before };
}

/**
 * Needs `node --expose-gc`: the JavaScript copy of X, which a program may drop, must not count.
 * @param makeProblem the problem; its matrix values are dropped as soon as the backend has them
 * @returns {Promise<number | null>} bytes; null where the system does not tell
 */
export async function peakOfRun(makeProblem, network, parts, iterations) {
  if (!existsSync(RESET) || !globalThis.gc) return null;
  const { x, ...rest } = await makeProblem();
  const { rows, columns } = x;
  const matrix = await matrixOf({ x });
  delete x.values;
  const problem = { ...rest, x: { rows, columns } };
  const before = await atRest();
  const stepper = await createStepper(problem, network, matrix, parts);
  for (let i = 0; i < iterations; i++) await stepper.step();
  const peak = bytesOf('VmHWM') - before;
  await stepper.dispose();
  matrix.dispose();
  return peak;
}
