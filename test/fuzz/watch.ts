/** Ends the process where one case hangs: a loop that never ends lets no timer of its own thread run. */
import { Worker } from 'node:worker_threads';
import { caseFolder } from './target.js';

const SECONDS = 60;

const watch = `
  const { workerData: { counter, name, folder, seconds } } = require('node:worker_threads');
  let last = -1, since = 0;
  setInterval(() => {
    const now = Atomics.load(counter, 0);
    since = now === last ? since + 1 : 0;
    last = now;
    if (since < seconds) return;
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
