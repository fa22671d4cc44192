#!/usr/bin/env node
/** The process around `run`: the first Ctrl-C asks for the best result so far, the second one ends at once. */
import { exitCodes } from './io.js';
import { run } from './run.js';

const interruption = new AbortController();
process.once('SIGINT', () => {
  process.once('SIGINT', () => process.exit(exitCodes.interrupted));
  interruption.abort(new Error('interrupted'));
});
// The reader of a pipe may have seen enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.success : exitCodes.failure);
});

const { stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), { stdout, stderr, signal: interruption.signal });
// Work that cannot be aborted, such as reading a file, may still be going on.
if (interruption.signal.aborted) process.stdout.write('', () => process.exit());
