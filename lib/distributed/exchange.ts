/**
 * One call of rank 0 as all ranks take part in it:
 *
 *     broadcast    the command; numbers that only one rank needs follow to it alone
 *     execute      every rank, its own parts
 *     maximum      whether a rank has failed, and the largest of what has a largest: all know at once whether to go on
 *     sum          over all parts, where the answer is a sum; or every rank's own numbers to rank 0
 */
import type { Communicator } from '../backends/communicator.js';
import { isError, isOurs, PlanesearchError, type ErrorCode } from '../core/errors.js';
import type { Answer, Rank } from './rank.js';
import { pack, unpack, type ByPart, type Command } from './wire.js';

/** How terms are added over parts: in one order, with the same bits for any number of ranks, or as the network is fastest. */
export type SumOrder = 'ordered' | 'fast';

/** What all ranks have answered, on rank 0. */
export interface Outcome {
  readonly sum: Float64Array;
  readonly largest: number;
  readonly parts: ByPart;
}

interface Failure {
  readonly name: string;
  readonly code: ErrorCode | null;
  readonly message: string;
}

const NONE: ByPart = new Map();
const NO_SUM = new Float64Array(0);

/** @returns null on a rank that has only to take part */
async function takePart(
  communicator: Communicator,
  rank: Rank,
  command: Command,
  given: ByPart,
  order: SumOrder,
): Promise<Outcome | null> {
  let answer: Answer = {};
  let failure: Failure | null = null;
  try {
    answer = await rank.execute(command, given, communicator);
  } catch (error) {
    failure = failureOf(error);
  }
  const [failed, largest] = await communicator.maximum(Float64Array.of(failure ? 1 : 0, answer.largest ?? 0));
  if (failed === 1) {
    const failures = await gathered<Failure | null>(communicator, failure);
    if (failures) throw errorOf(failures);
    return null;
  }
  const sum = answer.terms ? await added(communicator, answer.terms, answer.length!, order) : NO_SUM;
  const lists = answer.parts ? await gathered<ByPart>(communicator, answer.parts) : [];
  if (communicator.rank > 0) return null;
  return { sum: sum!, largest: largest!, parts: new Map(lists!.flatMap((list) => [...list])) };
}

/** The commands of rank 0, one after the other, until it says that it was the last one. */
export async function obey(communicator: Communicator, rank: Rank, order: SumOrder): Promise<void> {
  for (;;) {
    const { command, byPart } = unpack<Message>(await communicator.broadcast(null));
    if (command.op === 'end') return;
    const given = byPart ? unpack<ByPart>(await communicator.receive(0)) : NONE;
    await takePart(communicator, rank, command, given, order);
  }
}

/** A command on its way; the numbers are copied when it is made. */
export class Dispatch {
  readonly #message: Uint8Array;
  /** By rank; null where no rank is given anything of its own. */
  readonly #own: Uint8Array[] | null;

  /** @param owners of every part, its rank */
  constructor(command: Command, size: number, given?: ReadonlyMap<number, unknown>, owners: readonly number[] = []) {
    this.#message = pack({ command, byPart: given !== undefined } satisfies Message);
    this.#own = given
      ? Array.from({ length: size }, (_, rank) => pack(new Map([...given].filter(([part]) => owners[part] === rank))))
      : null;
  }

  async run(communicator: Communicator, rank: Rank, order: SumOrder): Promise<Outcome> {
    await communicator.broadcast(this.#message);
    const own = this.#own;
    for (let to = 1; own && to < own.length; to++) await communicator.send(to, own[to]!);
    const { command } = unpack<Message>(this.#message);
    if (command.op === 'end') return { sum: NO_SUM, largest: 0, parts: NONE };
    return (await takePart(communicator, rank, command, own ? unpack<ByPart>(own[0]!) : NONE, order))!;
  }
}

interface Message {
  readonly command: Command;
  readonly byPart: boolean;
}

async function added(
  communicator: Communicator,
  terms: readonly (Float64Array | null)[],
  length: number,
  order: SumOrder,
): Promise<Float64Array | null> {
  const own = terms.filter((term) => term !== null);
  if (order === 'ordered') return communicator.orderedSum(own, length);
  const sum = new Float64Array(length);
  for (const term of own) for (let e = 0; e < length; e++) sum[e] = sum[e]! + term[e]!;
  return communicator.sum(sum);
}

/** What every rank has, to rank 0, which has its own; null elsewhere. */
export async function gathered<T>(communicator: Communicator, own: T): Promise<T[] | null> {
  const { rank, size } = communicator;
  if (rank > 0) {
    await communicator.send(0, pack(own));
    return null;
  }
  const all = [own];
  for (let from = 1; from < size; from++) all.push(unpack<T>(await communicator.receive(from)));
  return all;
}

function failureOf(error: unknown): Failure {
  if (!isError(error)) return { name: 'Error', code: null, message: String(error) };
  return { name: error.name, code: isOurs(error) ? error.code : null, message: error.message };
}

/** What rank 0 has met itself is told as it is: the other ranks have often met the same. */
function errorOf(failures: readonly (Failure | null)[]): Error {
  const rank = failures.findIndex((failure) => failure !== null);
  const { name, code, message } = failures[rank]!;
  if (name === 'AbortError') return new DOMException(message, 'AbortError');
  return new PlanesearchError(code ?? 'INTERNAL', rank === 0 ? message : `On rank ${rank}: ${message}`);
}
