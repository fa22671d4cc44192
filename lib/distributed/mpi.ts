/**
 * The communicator over MPI: the processes that `mpirun` started, by an addon built for the MPI of this machine (`planesearch setup-mpi`).
 *
 * One call is under way at a time. Small sums between processes of a machine are done before a call returns; what takes longer is waited
 * for on a thread of the addon, so that the event loop stays free.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bytesOf, MessageCommunicator } from '../backends/communicator.js';
import type { MaybePromise } from '../backends/backend.js';
import { isError, PlanesearchError, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { mpiAddon, type MpiFlavor } from './setup-mpi.js';

export interface MpiOptions {
  /** Seconds that rank 0 waits for another rank, above 0; the others wait a little longer for it. Default 300. */
  readonly timeout?: number | undefined;
}

/** The addon (mpi/addon.cc). */
interface MpiModule {
  init(): { readonly rank: number; readonly size: number; readonly library: string };
  reduce(values: Float64Array, largest: boolean, seconds: number): MaybePromise<Float64Array>;
  broadcast(message: Uint8Array | null, seconds: number): MaybePromise<Uint8Array>;
  send(to: number, message: Uint8Array, seconds: number): MaybePromise<undefined>;
  receive(from: number, seconds: number): MaybePromise<Uint8Array>;
  barrier(seconds: number): MaybePromise<undefined>;
  abort(): void;
  finalize(code: number): void;
}

/** Variables by which a launcher tells its processes how many they are. */
const LAUNCHERS: readonly (readonly [variable: string, flavor: MpiFlavor])[] = [
  ['OMPI_COMM_WORLD_SIZE', 'openmpi'],
  ['PMI_SIZE', 'mpich'],
];

let joined: MpiCommunicator | null = null;

/** Whether this process is one of those that an `mpirun` has started. */
export function underMpi(): boolean {
  return LAUNCHERS.some(([variable]) => process.env[variable] !== undefined);
}

/**
 * Joins the other processes of this `mpirun`; once in a process.
 *
 * @throws PlanesearchError BACKEND_UNAVAILABLE outside of mpirun, where the addon has not been built, and where it is that of another MPI
 */
export function mpi(options: MpiOptions = {}): MpiCommunicator {
  refuseUnknown(options, ['timeout'], { what: 'The options of mpi' });
  const timeout = requireNumber('timeout', options.timeout ?? 300, Number.MIN_VALUE);
  if (joined) return joined;
  const found = LAUNCHERS.find(([variable]) => process.env[variable] !== undefined);
  if (!found) throw unavailable("this process was not started by mpirun; use 'mpirun -n 4 ...'");
  const [variable, flavor] = found;
  const addon = load(flavor);
  const { rank, size, library: said } = addon.init();
  const library = said.replace(/\s*Version:\s*/, ' ');
  const started = Number(process.env[variable]);
  if (size !== started) {
    const sentence = `${started} processes were started, but ${library} knows of ${size}; use the mpirun of that MPI`;
    throw unavailable(sentence);
  }
  return (joined = new MpiCommunicator(addon, library, rank, size, timeout));
}

function load(flavor: MpiFlavor): MpiModule {
  const file = mpiAddon(flavor);
  if (!existsSync(file))
    throw unavailable(`its addon for ${flavor} has not been built; 'npx planesearch setup-mpi' does it`);
  // UCX below MPICH hooks into the allocation of memory, which crashed one run in thirty.
  if (flavor === 'mpich') Object.assign(process.env, { UCX_MEM_MMAP_HOOK_MODE: 'none', UCX_MEM_EVENTS: 'no' });
  try {
    return createRequire(import.meta.url)(file) as MpiModule;
  } catch (cause) {
    const said = isError(cause) ? cause.message.split('\n')[0] : String(cause);
    throw unavailable(`its addon for ${flavor} was refused (${said}); 'npx planesearch setup-mpi' builds it anew`, cause);
  }
}

function unavailable(reason: string, cause?: unknown): PlanesearchError {
  return new PlanesearchError('BACKEND_UNAVAILABLE', `MPI cannot be used: ${reason}.`, { cause });
}

/** Seconds, 30 years: the addon counts nanoseconds in 64 bits, which longer waits overflow. */
const LONGEST_WAIT = 1e9;

export class MpiCommunicator extends MessageCommunicator {
  readonly #addon: MpiModule;
  readonly timeout: number;
  #calls = 0;

  constructor(
    addon: MpiModule,
    readonly name: string,
    readonly rank: number,
    readonly size: number,
    timeout: number,
  ) {
    super();
    this.#addon = addon;
    // Rank 0 says who is missing; the others end by themselves only when it does not.
    this.timeout = Math.min(LONGEST_WAIT, rank === 0 ? timeout : 1.2 * timeout + 5);
  }

  send(to: number, message: Uint8Array): MaybePromise<void> {
    this.#count(1, message.byteLength);
    return this.#patient(`to send to rank ${to}`, () => this.#addon.send(to, message, this.timeout));
  }

  receive(from: number): MaybePromise<Uint8Array> {
    return this.#patient(`for rank ${from}`, () => this.#addon.receive(from, this.timeout));
  }

  override async broadcast(message: Uint8Array | null): Promise<Uint8Array> {
    if (message) this.#count(this.size - 1, (this.size - 1) * message.byteLength);
    return this.#patient('for rank 0', () => this.#addon.broadcast(message, this.timeout));
  }

  override async sum(values: Float64Array): Promise<Float64Array> {
    return this.#reduced('in a sum', values, false);
  }

  override async maximum(values: Float64Array): Promise<Float64Array> {
    return this.#reduced('in a maximum', values, true);
  }

  override async barrier(): Promise<void> {
    await this.#patient('in a barrier', () => this.#addon.barrier(this.timeout));
  }

  /** Ends all processes, this one too, with exit code 1. What is to be said has been said. */
  abort(): void {
    this.#addon.abort();
  }

  /** The last call, on every rank. */
  async leave(code: number): Promise<void> {
    await this.barrier();
    this.#addon.finalize(code);
  }

  async #reduced(where: string, values: Float64Array, largest: boolean): Promise<Float64Array> {
    if (this.rank > 0) this.#count(1, bytesOf(values).byteLength);
    else this.#count(this.size - 1, (this.size - 1) * values.byteLength);
    return this.#patient(where, () => this.#addon.reduce(values, largest, this.timeout));
  }

  #count(messages: number, bytes: number): void {
    this.traffic.messages += messages;
    this.traffic.bytes += bytes;
  }

  async #patient<T>(waiting: string, run: () => MaybePromise<T>): Promise<T> {
    const call = ++this.#calls;
    try {
      return await run();
    } catch (cause) {
      const { late, missing, message } = cause as { late?: boolean; missing?: string; message: string };
      const hung = missing ? `rank ${missing} does not answer` : `rank ${this.rank} has waited ${waiting}`;
      const sentence = late
        ? `${hung} after ${this.timeout} s (call ${call})`
        : `${message} (call ${call} of rank ${this.rank})`;
      throw new PlanesearchError('RANK_FAILED', `The ranks have ended: ${sentence}.`, { cause });
    }
  }
}
