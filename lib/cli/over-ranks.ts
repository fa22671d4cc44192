/** `train`, `evaluate` and `predict` with `--distributed`: what the processes that mpirun started do. Rank 0 alone reads options of output, prints and saves. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { defaultThreads } from '../backends/default-threads.js';
import { describe, harmless, isError, isOurs, PlanesearchError } from '../core/errors.js';
import { lead, serve, type Cluster } from '../distributed/index.js';
import { isLost } from '../distributed/leader.js';
import { mpi, type MpiCommunicator } from '../distributed/mpi.js';
import { exitCodes, type Io } from './io.js';
import type { RankArguments, TrainArguments } from './arguments.js';

type Arguments = RankArguments & Pick<TrainArguments, 'backend' | 'threads' | 'checkpoint'>;

/**
 * Leads or serves; the exit code of this process.
 *
 * @param data what all ranks must be given alike, besides `args`
 */
export async function overRanks(
  data: string,
  args: Arguments,
  io: Io,
  work: (cluster: Cluster) => Promise<number>,
): Promise<number> {
  const communicator = mpi({ timeout: args.rankTimeout });
  const { backend, sum, parts, threads = threadsHere() } = args;
  const options = { backend, sum, threads, agreed: { arguments: JSON.stringify([data, args]) } };
  const { signal } = io;
  const warn = (): void => void (communicator.rank === 0 && endsSoon(signal) && io.stderr.write(farewell(args)));
  signal.addEventListener('abort', warn);
  try {
    if (communicator.rank > 0) await serve(communicator, options);
    else {
      const cluster = await lead(communicator, { ...options, parts });
      let code: number;
      try {
        code = await work(cluster);
      } catch (error) {
        if (!isLost(error)) await cluster.end();
        throw error;
      }
      await cluster.end();
      await communicator.leave(code);
      return code;
    }
  } catch (error) {
    if (isLost(error) || (communicator.rank > 0 && !differs(error))) return endAll(communicator, error, io);
    await communicator.leave(exitCodes.failure);
    // All ranks know it, and rank 0 tells.
    if (communicator.rank > 0) return exitCodes.failure;
    if (endsSoon(signal) && error === signal.reason) return exitCodes.interrupted;
    throw error;
  } finally {
    signal.removeEventListener('abort', warn);
  }
  await communicator.leave(exitCodes.success);
  return exitCodes.success;
}

/** Whether this may be how Open MPI ends its ranks, once it is interrupted or one of them is gone: SIGTERM, and a second later it kills what is left. */
export function endsSoon(signal: AbortSignal): boolean {
  const { cause } = Object(signal.reason) as { cause?: unknown };
  return process.env['OMPI_COMM_WORLD_SIZE'] !== undefined && cause === 'SIGTERM';
}

function farewell({ checkpoint }: Arguments): string {
  const left = checkpoint === undefined ? 'is lost' : `is lost but the checkpoint in ${describe(checkpoint)}`;
  const why = 'if mpirun ends the ranks, because it was interrupted or one of them is gone, it kills them in a second';
  return `planesearch: Interrupted, finishing with the best point so far: ${why}, and what has not been written by then ${left}.\n`;
}

/** The files that a pattern with * and ? in its last part names, in ascending order; null for what is no pattern. */
export async function filesOf(pattern: string): Promise<string[] | null> {
  const { dir, base } = path.parse(pattern);
  if (!/[*?]/.test(base)) return null;
  const wanted = base
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${wanted}$`, 's');
  const names = await readdir(dir || '.').catch(() => []);
  const found = names.filter((name) => expression.test(name)).sort();
  if (found.length > 0) return found.map((name) => path.resolve(dir, name));
  throw new PlanesearchError('FILE_NOT_FOUND', `No file matches ${describe(pattern)}.`);
}

/** Ranks on one machine share its processors. */
function threadsHere(): number {
  const { OMPI_COMM_WORLD_LOCAL_SIZE, MPI_LOCALNRANKS } = process.env;
  const ranks = Number(OMPI_COMM_WORLD_LOCAL_SIZE ?? MPI_LOCALNRANKS ?? 1);
  return Math.max(1, Math.floor(defaultThreads().threads / ranks));
}

function differs(error: unknown): boolean {
  return isOurs(error) && error.code === 'INCOMPATIBLE';
}

/** The other ranks may wait for ever: MPI ends them all. */
function endAll(communicator: MpiCommunicator, error: unknown, io: Io): number {
  io.stderr.write(`planesearch: ${harmless(isError(error) ? error.message : String(error))}\n`);
  communicator.abort();
  return exitCodes.failure;
}
