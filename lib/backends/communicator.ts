/**
 * What several processes, each with a part of the rows, need of one another: *ranks* 0 to size - 1, messages between two of them, and
 * the few collective calls of a full-batch method. Every rank makes the same collective calls in the same order.
 *
 * An *ordered sum* is a chain: the last rank adds its terms, last first, and hands the sum on to the rank before, down to rank 0. Whoever
 * holds which terms, as long as ranks hold consecutive ones, the additions are the same ones in the same order, and so are the bits. Long
 * vectors go down the chain in pieces, all ranks at work at once: for p ranks and m pieces p - 1 + m steps of a piece.
 */
import { PlanesearchError } from '../core/errors.js';
import type { MaybePromise } from './backend.js';

/** What a rank has handed to others. */
export interface Traffic {
  /** Messages, a collective call counting as those that it would take point to point. */
  messages: number;
  bytes: number;
}

export interface Communicator {
  /** 'in-process' or 'MPI' and which. */
  readonly name: string;
  readonly rank: number;
  readonly size: number;
  readonly traffic: Readonly<Traffic>;
  /** Seconds that a rank waits for another. */
  readonly timeout: number;
  /** The message may be changed once the call has come back. Messages between two ranks arrive in order. */
  send(to: number, message: Uint8Array): MaybePromise<void>;
  receive(from: number): MaybePromise<Uint8Array>;
  /** The message of rank 0, which gives it, to all; the others give null. */
  broadcast(message: Uint8Array | null): MaybePromise<Uint8Array>;
  /** The sum of what all ranks give, element by element in whatever order is fastest, to all. */
  sum(values: Float64Array): MaybePromise<Float64Array>;
  /** The sum over all terms of all ranks, `length` numbers each, in the one order above, to rank 0; null to the others. */
  orderedSum(terms: readonly Float64Array[], length: number): MaybePromise<Float64Array | null>;
  /** The largest of what the ranks give, element by element, to all. */
  maximum(values: Float64Array): MaybePromise<Float64Array>;
  /** Comes back when all ranks have called it. */
  barrier(): MaybePromise<void>;
  /** Ends what the other ranks wait for with an error that says this; never comes back under MPI. */
  abort(reason: string): void;
}

/** Numbers of a piece of an ordered sum: 64 KiB. */
const PIECE = 8192;

const { BYTES_PER_ELEMENT: NUMBER_BYTES } = Float64Array;

/** The collective calls by messages alone; a communicator with faster ones has its own. */
export abstract class MessageCommunicator implements Communicator {
  abstract readonly name: string;
  abstract readonly rank: number;
  abstract readonly size: number;
  abstract readonly timeout: number;
  readonly traffic: Traffic = { messages: 0, bytes: 0 };

  abstract send(to: number, message: Uint8Array): MaybePromise<void>;
  abstract receive(from: number): MaybePromise<Uint8Array>;
  abstract abort(reason: string): void;

  async broadcast(message: Uint8Array | null): Promise<Uint8Array> {
    if (this.rank > 0) return this.receive(0);
    for (let to = 1; to < this.size; to++) await this.send(to, message!);
    return message!;
  }

  async sum(values: Float64Array): Promise<Float64Array> {
    return this.#allOf(values, (all, own) => own.forEach((value, e) => (all[e] = all[e]! + value)));
  }

  async maximum(values: Float64Array): Promise<Float64Array> {
    return this.#allOf(values, (all, own) => own.forEach((value, e) => (all[e] = Math.max(all[e]!, value))));
  }

  async orderedSum(terms: readonly Float64Array[], length: number): Promise<Float64Array | null> {
    const { rank, size } = this;
    const total = rank === 0 ? new Float64Array(length) : null;
    for (let from = 0; from < length; from += PIECE) {
      const end = Math.min(length, from + PIECE);
      // Zeros first on the last rank, so that the first addition is the same whether it has terms or not.
      const sum = rank === size - 1 ? new Float64Array(end - from) : numbersOf(await this.receive(rank + 1), end - from);
      for (let p = terms.length - 1; p >= 0; p--) {
        const term = terms[p]!;
        for (let e = from; e < end; e++) sum[e - from] = sum[e - from]! + term[e]!;
      }
      if (total) total.set(sum, from);
      else await this.send(rank - 1, bytesOf(sum));
    }
    return total;
  }

  async barrier(): Promise<void> {
    await this.sum(new Float64Array(0));
  }

  async #allOf(values: Float64Array, join: (all: Float64Array, own: Float64Array) => void): Promise<Float64Array> {
    if (this.rank > 0) {
      await this.send(0, bytesOf(values));
      return numbersOf(await this.receive(0), values.length);
    }
    const all = values.slice();
    for (let from = 1; from < this.size; from++) join(all, numbersOf(await this.receive(from), values.length));
    await this.broadcast(bytesOf(all));
    return all;
  }
}

/** The bytes of numbers, where they lie. */
export function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The numbers of a message that was received, `length` of them, where they lie if that is on a border of numbers. */
export function numbersOf(message: Uint8Array, length: number): Float64Array {
  if (message.byteLength !== length * NUMBER_BYTES) {
    const sentence = `The ranks are out of step: ${length * NUMBER_BYTES} bytes were expected, but ${message.byteLength} came.`;
    throw new PlanesearchError('RANK_FAILED', sentence);
  }
  const { buffer, byteOffset } = message.byteOffset % NUMBER_BYTES === 0 ? message : message.slice();
  return new Float64Array(buffer, byteOffset, length);
}
