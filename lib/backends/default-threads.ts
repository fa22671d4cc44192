/**
 * How many threads a computation has when nobody says: `PLANESEARCH_THREADS`, otherwise the processors that this process may use. A container
 * may show more of them than its quota lets it use, and threads beyond the quota are put to sleep in the middle of their work.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { PlanesearchError } from '../core/errors.js';

/** More than a computation is ever cut into. */
export const MOST_THREADS = 256;

export interface ThreadChoice {
  readonly threads: number;
  /** What decided: the environment, the processors that the process may use, or the quota of its control group. */
  readonly from: 'PLANESEARCH_THREADS' | 'processors' | 'quota';
}

let chosen: ThreadChoice | undefined;

/**
 * Asked once: the question goes to the system, and a prediction of one row takes no longer than the answer.
 *
 * @throws PlanesearchError INVALID_OPTION when PLANESEARCH_THREADS is no whole number from 1 to 256
 */
export function defaultThreads(): ThreadChoice {
  return (chosen ??= threadChoice(process.env, availableParallelism(), processorQuota(readText)));
}

/** @param quota processors' worth of time that the process is allowed, null for no limit; rounded down, because a barrier waits for the slowest */
export function threadChoice(
  env: Readonly<Record<string, string | undefined>>,
  processors: number,
  quota: number | null,
): ThreadChoice {
  const wanted = env['PLANESEARCH_THREADS'];
  if (wanted !== undefined && wanted !== '') {
    if (!/^\d+$/.test(wanted) || Number(wanted) < 1 || Number(wanted) > MOST_THREADS) {
      throw new PlanesearchError(
        'INVALID_OPTION',
        `The variable PLANESEARCH_THREADS must be a whole number from 1 to ${MOST_THREADS}, but is '${wanted}'.`,
      );
    }
    return { threads: Number(wanted), from: 'PLANESEARCH_THREADS' };
  }
  const most = Math.min(MOST_THREADS, processors);
  const allowed = quota === null ? most : Math.max(1, Math.floor(quota));
  return allowed < most ? { threads: allowed, from: 'quota' } : { threads: most, from: 'processors' };
}

/**
 * The least quota of the control groups that this process is in, in processors; null where none is set or told. Linux only: version 2 has
 * `cpu.max` with quota and period, version 1 a file for each.
 *
 * @param read the text of a file, null where it cannot be read
 */
export function processorQuota(read: (file: string) => string | null): number | null {
  const quotas = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || group === undefined) return [];
    if (controllers === '')
      return ancestors(group).map((at) => ratio(read(path.posix.join('/sys/fs/cgroup', at, 'cpu.max'))));
    if (!controllers.split(',').includes('cpu')) return [];
    // A container often sees its own group as the root of the mount while /proc names it by its path outside.
    return ancestors(group).map((at) => {
      const file = (name: string): string | null => read(path.posix.join('/sys/fs/cgroup', controllers, at, name));
      return ratio(`${file('cpu.cfs_quota_us') ?? ''} ${file('cpu.cfs_period_us') ?? ''}`);
    });
  });
  const set = quotas.filter((quota) => quota !== null);
  return set.length === 0 ? null : Math.min(...set);
}

/** '/a/b': itself, '/a' and '/'. */
function ancestors(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`).concat('/');
}

/** 'quota period'; null for 'max' or -1, which is no limit. */
function ratio(text: string | null): number | null {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
