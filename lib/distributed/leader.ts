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

  constructor(communicator: Communicator, rank: Rank, order: SumOrder) {
    this.communicator = communicator;
    this.#rank = rank;
    this.#order = order;
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
    const running = this.#last.then(() => {
      const late = this.#late;
      if (late) throw this.#forgiven(late.error);
      return dispatch.run(this.communicator, this.#rank, this.#order);
    });
    this.#last = running.catch((error: unknown) => {
      if (isOurs(error) && error.code === 'RANK_FAILED') this.#late = { error };
    });
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
    await running;
    this.#rank.dispose();
  }

  /** A rank that is lost stays lost, whatever else is told once. */
  #forgiven(error: unknown): unknown {
    if (!(isOurs(error) && error.code === 'RANK_FAILED')) this.#late = null;
    return error;
  }
}
