/**
 * Ends the process where one case hangs: a loop that never ends lets no timer of its own thread run. Time is that of the processor, because on a busy
 * machine much of it may pass before a case has its turn.
 */
import { Worker } from 'node:worker_threads';
import { caseFolder } from './target.js';

const SECONDS = 60;

/** What waits takes no time of the processor: so much time passes on no machine while a case gets on. */
const WAITED = 600;

const watch = `
  const { workerData: { counter, name, folder, seconds, waited } } = require('node:worker_threads');
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
  let last = -1, since = used(), began = Date.now();
  setInterval(() => {
    const now = Atomics.load(counter, 0);
    if (now !== last) [last, since, began] = [now, used(), Date.now()];
    if (used() - since < seconds && Date.now() - began < 1000 * waited) return;
    require('node:fs').writeSync(2, name + ' hangs over what lies in ' + folder + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1000);`;

/** Calls `action` with a function that says that it still gets on. */
export async function watched<T>(name: string, action: (alive: () => void) => Promise<T>): Promise<T> {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const folder = caseFolder(name);
  const worker = new Worker(watch, { eval: true, workerData: { counter, name, folder, seconds: SECONDS, waited: WAITED } });
  try {
    return await action(() => Atomics.add(counter, 0, 1));
  } finally {
    await worker.terminate();
  }
}
