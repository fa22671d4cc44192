import type { Writable } from 'node:stream';
import type { StatusStream } from '../callbacks/index.js';
import { harmless } from '../core/errors.js';

/** What a command writes to, and how it is told to stop. */
export interface Io {
  /** Results only. */
  readonly stdout: Writable;
  /** Progress, notices and errors. */
  readonly stderr: StatusStream;
  readonly signal: AbortSignal;
}

/** One line each; what a notice quotes from data is made harmless where it is quoted. */
export function tell(io: Io, notices: readonly string[]): void {
  for (const notice of notices) io.stderr.write(`planesearch: ${harmless(notice)}\n`);
}

export const exitCodes = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** `work`, or the signal's reason as soon as it aborts; work that cannot be aborted then goes on unheard. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort));
}
