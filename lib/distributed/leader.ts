/** The calls of rank 0, one after the other, whoever of its objects makes them. */
import type { Communicator } from '../backends/communicator.js';
import { isOurs, PlanesearchError } from '../core/errors.js';
import { Dispatch, type Outcome, type SumOrder } from './exchange.js';
import type { Rank } from './rank.js';
import type { Command } from './wire.js';

export class Leader {
  readonly communicator: Communicator;
  readonly #rank: Rank;
  readonly #order: SumOrder;
  #last: Promise<unknown> = Promise.resolve();
  #ids = 0;
  /** What has gone wrong where nobody waited. */
  #late: { readonly error: unknown } | null = null;
  #ended = false;
  #waiting = 0;
  readonly #heartbeat: ReturnType<typeof setInterval>;

  constructor(communicator: Communicator, rank: Rank, order: SumOrder) {
    this.communicator = communicator;
    this.#rank = rank;
    this.#order = order;
    // While rank 0 reads a file or a callback takes its time, the others must not take it for lost.
    const period = Math.min(250 * communicator.timeout, 2 ** 31 - 1);
    this.#heartbeat = setInterval(() => this.#waiting === 0 && this.forget({ op: 'alive' }), period);
    this.#heartbeat.unref();
  }

  /** For a matrix, a source or a tracked loss. */
  nextId(): number {
    return this.#ids++;
  }

  /**
   * What is given is copied before this returns.
   *
   * @param given by part, for the rank that owns it
   */
  run(command: Command, given?: ReadonlyMap<number, unknown>, owners?: readonly number[]): Promise<Outcome> {
    if (this.#ended) throw new PlanesearchError('DISPOSED', 'The ranks have been told to end.');
    const dispatch = new Dispatch(command, this.communicator.size, given, owners);
    this.#waiting++;
    const running = this.#last.then(() => {
      const late = this.#late;
      // The ranks must hear of the end whatever has gone wrong before.
      if (late && (command.op !== 'end' || isLost(late.error))) throw this.#forgiven(late.error);
      return dispatch.run(this.communicator, this.#rank, this.#order);
    });
    this.#last = running
      .catch((error: unknown) => {
        if (isLost(error)) this.#late = { error };
      })
      .then(() => this.#waiting--);
    return running;
  }

  /** A command for whose end nobody waits: what goes wrong is told by the next one. */
  forget(command: Command, given?: ReadonlyMap<number, unknown>, owners?: readonly number[]): void {
    if (this.#ended) return;
    this.run(command, given, owners).catch((error: unknown) => {
      this.#late ??= { error };
    });
  }

  cancel(loss: number): void {
    this.#rank.cancel(loss);
  }

  /** All ranks come back from `serve`. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const running = this.run({ op: 'end' });
    this.#ended = true;
    clearInterval(this.#heartbeat);
    try {
      await running;
    } finally {
      this.#rank.dispose();
    }
  }

  /** A rank that is lost stays lost, whatever else is told once. */
  #forgiven(error: unknown): unknown {
    if (!isLost(error)) this.#late = null;
    return error;
  }
}

/** Whether a rank is gone, and with it the run. */
export function isLost(error: unknown): boolean {
  return isOurs(error) && error.code === 'RANK_FAILED';
}
