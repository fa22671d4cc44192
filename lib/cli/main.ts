#!/usr/bin/env node
/**
 * The process around `run`: the first signal (Ctrl-C, a terminal that closes, a polite kill) asks for the best result so far, the
 * second one ends at once.
 */
import { removeTemporaries } from '../io/output-file.js';
import { exitCodes } from './io.js';
import { run } from './run.js';

/** As a shell reports a process that the signal has ended. */
const codes = { SIGINT: exitCodes.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof codes;

const interruption = new AbortController();
let received: Signal | null = null;

function interrupt(signal: Signal): void {
  if (received !== null) endNow(signal);
  received = signal;
  interruption.abort(new Error('interrupted', { cause: signal }));
}

/** By the signal itself: `process.exit` would wait for what hangs in a thread. */
function endNow(signal: Signal): void {
  removeTemporaries();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

for (const signal of Object.keys(codes) as Signal[]) process.on(signal, () => interrupt(signal));

// The reader of a pipe may have seen enough, as `head` does.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(exitCodes.success);
  process.stderr.write(`planesearch: Standard output cannot be written: ${message}.\n`);
  process.exit(exitCodes.failure);
});
// Progress that nobody can see any more is no reason to lose the result.
process.stderr.on('error', () => undefined);

const { stdout, stderr } = process;
const code = await run(process.argv.slice(2), { stdout, stderr, signal: interruption.signal });
process.exitCode = received !== null && code === exitCodes.interrupted ? codes[received as Signal] : code;
// Work that cannot be aborted, such as reading a file, may still be going on; and standard input may be open.
process.stdout.write('', (error) => {
  if (error) return; // what listens to errors above hears of it next, and ends the process
  // The end may wait for a thread that hangs: a further signal is then answered by the system, no longer by us.
  for (const signal of Object.keys(codes)) process.removeAllListeners(signal);
  process.exit();
});
