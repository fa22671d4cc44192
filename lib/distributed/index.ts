/** Rows over several processes: rank 0 trains, the others hold their rows and serve. `docs/scale.md` says when this pays. */
import type { Backend } from '../backends/backend.js';
import type { Communicator } from '../backends/communicator.js';
import { selectBackend, type BackendName } from '../backends/index.js';
import { PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { LoadedTable, LoadOptions } from '../data/load.js';
import type { Loss } from '../losses/loss.js';
import { createDistributedBackend } from './distributed-backend.js';
import { obey, type SumOrder } from './exchange.js';
import { Leader } from './leader.js';
import { meet, type Agreed } from './meet.js';
import { Rank } from './rank.js';
import { loadShards } from './shards.js';

export { mpi, underMpi, type MpiCommunicator, type MpiOptions } from './mpi.js';
export { setupMpi, type MpiFlavor } from './setup-mpi.js';
export { inProcess, type InProcessOptions } from './in-process.js';
export type { Communicator, Traffic } from '../backends/communicator.js';
export type { Agreed } from './meet.js';
export type { SumOrder } from './exchange.js';

export interface RankOptions {
  /** As in `train`; the same kind on every rank. */
  readonly backend?: BackendName | 'auto' | Backend | undefined;
  /** Threads of this rank, 1 to 256. Default: all processors, which ranks on one machine share. */
  readonly threads?: number | undefined;
  /** Losses of your own, the same ones on every rank. */
  readonly losses?: readonly Loss[] | undefined;
  /** 'ordered' (default) for the same bits with any number of ranks, or 'fast' for whatever order the network prefers; the same on every rank. */
  readonly sum?: SumOrder | undefined;
  /** What else has to be the same on every rank, by name. */
  readonly agreed?: Agreed | undefined;
}

export interface LeadOptions extends RankOptions {
  /** Parts into which rows are cut, each held by one rank: at least as many as ranks, at most 65536. Default 24. */
  readonly parts?: number | undefined;
}

/** Ranks that are led. */
export interface Cluster {
  /** For `train` and `Objective`: everything that is as long as the data is with the ranks. */
  readonly backend: Backend;
  readonly communicator: Communicator;
  /**
   * Has the ranks read the files of one table, each file a part that stays where it was read: at least one file a rank, columns that are numbers
   * without missing cells. The table's `data` is for `train` with the backend of the cluster.
   *
   * @throws PlanesearchError with file and place for what cannot be read; INCOMPATIBLE for files that are not of one table
   */
  load(files: readonly string[], options?: LoadOptions): Promise<LoadedTable<true>>;
  /** Tells the others that they have served. */
  end(): Promise<void>;
}

const PARTS = 24;
const names = ['backend', 'threads', 'losses', 'sum', 'agreed'] as const;

/**
 * Leads the ranks: on rank 0, while the others `serve`. X given to `train` with the backend of the cluster is dealt to them.
 *
 * @throws PlanesearchError INCOMPATIBLE when ranks differ in version, backend, sums or what else must be agreed
 */
export async function lead(communicator: Communicator, options: LeadOptions = {}): Promise<Cluster> {
  refuseUnknown(options, [...names, 'parts'], { what: 'The options of lead' });
  if (communicator.rank !== 0) reject('INVALID_ARGUMENT', 'The rank that leads', '0', communicator.rank);
  const { local, rank, losses, order } = await begin(communicator, options);
  const leader = new Leader(communicator, rank, order);
  const parts = await orEnd(leader, () => requireInteger('parts', options.parts ?? PARTS, communicator.size, 65536));
  const backend = createDistributedBackend({ leader, local, losses, parts, order });
  const load: Cluster['load'] = (files, reading = {}) => loadShards(leader, files, reading);
  return { backend, communicator, load, end: () => leader.end() };
}

/** What is refused once the ranks have met, and wait for a word, ends them first. */
async function orEnd<T>(leader: Leader, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await leader.end();
    throw error;
  }
}

/** Holds rows and does what rank 0 says, until it ends. @throws as `lead`; RANK_FAILED when another rank is lost */
export async function serve(communicator: Communicator, options: RankOptions = {}): Promise<void> {
  refuseUnknown(options, names, { what: 'The options of serve' });
  if (communicator.rank === 0) throw new PlanesearchError('INVALID_ARGUMENT', 'Rank 0 leads; the others serve.');
  const { rank, order } = await begin(communicator, options);
  try {
    await obey(communicator, rank, order);
  } finally {
    rank.dispose();
  }
}

async function begin(communicator: Communicator, options: RankOptions) {
  const { losses = [], sum: order = 'ordered', agreed } = options;
  if (order !== 'ordered' && order !== 'fast') reject('INVALID_OPTION', 'sum', "'ordered' or 'fast'", order);
  const { backend: local } = selectBackend(options.backend, options.threads);
  await meet(communicator, {
    backend: local.name,
    sums: order,
    losses: losses.map(({ name }) => name).join(', ') || 'none',
    ...agreed,
  });
  return { local, losses, order, rank: new Rank(local, losses) };
}
