/** Rows over several processes: rank 0 trains, the others hold their rows and serve. `docs/scale.md` says when this pays. */
import type { Backend } from '../backends/backend.js';
import type { Communicator } from '../backends/communicator.js';
import { selectBackend, type BackendName } from '../backends/index.js';
import { PlanesearchError, reject, requireInteger } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { guessFormat } from '../data/format.js';
import { limitsFrom } from '../data/limits.js';
import { loadTable, type LoadedTable, type LoadOptions } from '../data/load.js';
import type { Loss } from '../losses/loss.js';
import { chunksOf, createDistributedBackend, defaultParts, sparseCuts } from './distributed-backend.js';
import { obey, type SumOrder } from './exchange.js';
import { Leader } from './leader.js';
import { cutFile } from './file-cuts.js';
import { meet, type Agreed } from './meet.js';
import { Rank } from './rank.js';
import { loadFiles, loadPieces, type ChunksOf } from './shards.js';

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
  /**
   * Parts into which rows are cut, each held by one rank: at least as many as ranks, at most 65536. Default: where one process cuts X for its
   * sums, so that up to 16 ranks have its bits; 24, or one a rank, where X is small or in a random order, and 4 to 24 where it is sparse (docs/scale.md).
   */
  readonly parts?: number | undefined;
}

/** Ranks that are led. */
export interface Cluster {
  /** For `train` and `Objective`: everything that is as long as the data is with the ranks. */
  readonly backend: Backend;
  readonly communicator: Communicator;
  /**
   * Has the ranks read the files of one table, at least one file a rank, or parts of one file (CSV, JSON lines, LIBSVM, NPY, Parquet); another
   * file is read by rank 0. The table's `data` is for `train`, and for `Model`, with the backend of the cluster. Kinds of columns are those of the first
   * file, categories those of all; what is learned from all cells of a column (`impute`, `rareLevels`, `text`) is refused.
   *
   * @throws PlanesearchError with file and place for what cannot be read; INCOMPATIBLE for files that are not of one table
   */
  load<Needed extends boolean | undefined = true>(
    data: string | readonly string[],
    options?: LoadOptions & { readonly needsTarget?: Needed },
  ): Promise<LoadedTable<Needed>>;
  /** Tells the others that they have served. */
  end(): Promise<void>;
}

const MOST_CHUNKS = 16;
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
  const parts = await orEnd(leader, () =>
    options.parts === undefined
      ? partsFor(communicator.size, order)
      : requireInteger('parts', options.parts, communicator.size, 65536),
  );
  const backend = createDistributedBackend({ leader, local, losses, parts, order });
  const chunks: ChunksOf = (rows, columns, stored) => {
    if (parts !== null || order !== 'ordered') return null;
    return stored === null ? chunksOf(local, rows, columns) : sparseCuts(rows, columns, stored, communicator.size);
  };
  const load = (data: string | readonly string[], reading: LoadOptions = {}): Promise<LoadedTable<boolean>> =>
    typeof data === 'string'
      ? loadOne(leader, data, reading, parts ?? defaultParts(order, communicator.size), chunks)
      : loadFiles(leader, data, reading, chunks);
  // A target is there exactly when it was asked for.
  return { backend, communicator, load: load as Cluster['load'], end: () => leader.end() };
}

async function loadOne(
  leader: Leader,
  path: string,
  options: LoadOptions,
  parts: number,
  chunks: ChunksOf,
): Promise<LoadedTable<boolean>> {
  const format = options.format ?? (await guessFormat(path, limitsFrom(options.limits)));
  const cut = await cutFile(leader, path, { ...options, format }, parts);
  if (cut === null) return loadTable(path, options);
  return loadPieces(leader, cut, { ...options, format, ...cut.known }, chunks);
}

/** Null for the chunks of one process, of which there are at most 16: further ranks would have no rows. */
function partsFor(ranks: number, order: SumOrder): number | null {
  return ranks > MOST_CHUNKS ? defaultParts(order, ranks) : null;
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
  const rank = new Rank(local, losses);
  return { local, losses, order, rank };
}
