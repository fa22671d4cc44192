/**
 * Ends the process where one case hangs: a loop that never ends lets no timer of its own thread run. Time is that of the processor, because on a busy
 * machine much of it may pass before a case has its turn.
 */
import { Worker } from 'node:worker_threads';
import { caseFolder } from './target.js';

const SECONDS = 60;

const watch = `
  const { workerData: { counter, name, folder, seconds } } = require('node:worker_threads');
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
  let last = -1, since = used();
  setInterval(() => {
    const now = Atomics.load(counter, 0);
    if (now !== last) [last, since] = [now, used()];
    if (used() - since < seconds) return;
    require('node:fs').writeSync(2, name + ' hangs for ' + seconds + ' s over what lies in ' + folder + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1000);`;

/** Calls `action` with a function that says that it still gets on. */
export async function watched<T>(name: string, action: (alive: () => void) => Promise<T>): Promise<T> {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const folder = caseFolder(name);
  const worker = new Worker(watch, { eval: true, workerData: { counter, name, folder, seconds: SECONDS } });
  try {
    return await action(() => Atomics.add(counter, 0, 1));
  } finally {
    await worker.terminate();
  }
}
