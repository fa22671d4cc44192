/** Ranks within one process: tasks that share its event loop, for tests, examples and simulations of a network. */
import { setTimeout as after } from 'node:timers/promises';
import { MessageCommunicator, type Communicator } from '../backends/communicator.js';
import { PlanesearchError, requireInteger, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';

export interface InProcessOptions {
  /** Seconds after which a rank no longer waits for a message, above 0. Default 300. */
  readonly timeout?: number | undefined;
  /** Milliseconds on the way for a message of so many bytes: what a network would take. Default none. */
  readonly delay?: ((bytes: number, from: number, to: number) => number) | undefined;
}

/** One communicator for each of `size` ranks, which must each be led or served, all in this process. */
export function inProcess(size: number, options: InProcessOptions = {}): Communicator[] {
  requireInteger('The number of ranks', size, 1, 65536);
  refuseUnknown(options, ['timeout', 'delay'], { what: 'The options of inProcess' });
  const world: World = {
    size,
    timeout: requireNumber('timeout', options.timeout ?? 300, Number.MIN_VALUE),
    delay: options.delay ?? null,
    boxes: new Map(),
    ended: null,
  };
  return Array.from({ length: size }, (_, rank) => new InProcess(world, rank));
}

/** Milliseconds; a longer timer would ring at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface World {
  readonly size: number;
  readonly timeout: number;
  readonly delay: InProcessOptions['delay'] | null;
  /** By sender and receiver. */
  readonly boxes: Map<number, Box>;
  ended: PlanesearchError | null;
}

interface Box {
  readonly messages: (Uint8Array | Promise<Uint8Array>)[];
  waiting: { take(message: Uint8Array | Promise<Uint8Array>): void; fail(error: unknown): void } | null;
}

class InProcess extends MessageCommunicator {
  readonly name = 'in-process';
  readonly size: number;
  readonly timeout: number;
  readonly #world: World;

  constructor(
    world: World,
    readonly rank: number,
  ) {
    super();
    this.#world = world;
    this.size = world.size;
    this.timeout = world.timeout;
  }

  send(to: number, message: Uint8Array): void {
    const { ended, delay } = this.#world;
    if (ended) throw ended;
    this.traffic.messages++;
    this.traffic.bytes += message.byteLength;
    const own = message.slice();
    const milliseconds = delay?.(own.byteLength, this.rank, to) ?? 0;
    const arriving = milliseconds > 0 ? after(milliseconds, own) : own;
    const box = this.#box(this.rank, to);
    if (!box.waiting) {
      box.messages.push(arriving);
      return;
    }
    box.waiting.take(arriving);
    box.waiting = null;
  }

  receive(from: number): Promise<Uint8Array> | Uint8Array {
    const { ended, timeout } = this.#world;
    if (ended) throw ended;
    const box = this.#box(from, this.rank);
    const next = box.messages.shift();
    if (next !== undefined) return next;
    return new Promise((resolve, fail) => {
      const timer = setTimeout(
        () => {
          box.waiting = null;
          this.abort(`rank ${this.rank} has waited ${timeout} s for rank ${from}`);
          fail(this.#world.ended);
        },
        Math.min(timeout * 1000, LONGEST_TIMER),
      );
      const stop = (): void => clearTimeout(timer);
      box.waiting = {
        take: (message) => (stop(), resolve(message)),
        fail: (error) => (stop(), fail(error)),
      };
    });
  }

  abort(reason: string): void {
    const world = this.#world;
    if (world.ended) return;
    world.ended = new PlanesearchError('RANK_FAILED', `The ranks have ended: ${reason}.`);
    for (const box of world.boxes.values()) {
      box.waiting?.fail(world.ended);
      box.waiting = null;
    }
  }

  #box(from: number, to: number): Box {
    const { boxes, size } = this.#world;
    const at = from * size + to;
    let box = boxes.get(at);
    if (!box) boxes.set(at, (box = { messages: [], waiting: null }));
    return box;
  }
}
