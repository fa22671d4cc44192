/**
 * Validation: how well the parameters of a run fit rows that it does not learn from.
 *
 *     loss = sum_i s_i loss(output(x_i), y_i) / sum s        the mean loss without the penalty, by the formula of `Scores`
 *     accuracy or r2                                         every row counting the same
 *
 * The rows are a data matrix of their own; their outputs are formed anew for every point that a run accepts, by one product
 * with the first layer's weights. Tracked like those of the training rows, as Z + sum_j t_j P_j, they would cost one product
 * for every fresh direction, so never less, would gather rounding, and would have to follow every step rule and every resumed
 * run; from the parameters alone they are right whatever the run did to get there. None of these products is one with X:
 * `ProductCounts` of a run leave them out, the matrix of these rows counts them.
 */
import type { Backend, DataMatrix, TrackedLoss } from '../backends/backend.js';
import { scores, type Scores } from '../metrics/scores.js';
import type { Loss } from '../losses/loss.js';
import type { Task } from '../losses/task.js';
import type { Architecture } from '../networks/network.js';
import { programOf } from '../networks/program.js';
import { framed } from './framed-parameters.js';
import { validationIdentity } from './identity.js';
import { checkSpec } from './objective-spec.js';
import { paced, type Steps } from './pace.js';
import type { ParameterLayout } from './parameters.js';

export interface ValidationSpec {
  /** The rows, in any frame: parameters come in the caller's units. */
  readonly matrix: DataMatrix;
  readonly architecture: Architecture;
  readonly task: Task;
  readonly loss: Loss;
  /** Rows x `loss.targetWidth(outputs)`, in the encoding of the loss. */
  readonly targets: Float64Array;
  /** Added to the outputs, rows x outputs. */
  readonly offsets?: Float64Array | undefined;
  /** Weights of the rows in the mean loss, at least 0; all equal when absent. */
  readonly sampleWeights?: Float64Array | undefined;
}

export class Validation {
  readonly #spec: ValidationSpec;
  readonly #layout: ParameterLayout;
  readonly #tracked: TrackedLoss;
  #cancelled = false;
  #identity: Promise<string> | null = null;

  constructor(spec: ValidationSpec, backend: Backend) {
    const { matrix, architecture, loss, targets, offsets, sampleWeights } = spec;
    const rows = { matrix, architecture, loss, targets, offsets, sampleWeights, memory: 0 };
    checkSpec({ ...rows, l2: 0 });
    this.#spec = spec;
    this.#layout = programOf(architecture).layout;
    this.#tracked = backend.trackedLoss(rows);
  }

  get rows(): number {
    return this.#spec.matrix.rows;
  }

  /** What tells these rows from others; the first call costs a product with their matrix. */
  identity(): Promise<string> {
    return (this.#identity ??= validationIdentity(this.#spec));
  }

  /**
   * The scores of parameters in the caller's units; frozen.
   *
   * @throws an error of name `AbortError` soon after `cancel`
   */
  async measure(parameters: Float64Array): Promise<Scores> {
    this.#cancelled = false;
    const { matrix, targets, task, loss, sampleWeights } = this.#spec;
    await this.#tracked.restart(framed(this.#layout, matrix.frame, parameters));
    this.#goOn();
    const outputs = await this.#tracked.outputs();
    return Object.freeze(await paced(this.#cancellable(scores(outputs, targets, task, loss, sampleWeights))));
  }

  /** Makes a running `measure` reject soon. */
  cancel(): void {
    this.#cancelled = true;
    this.#tracked.cancel();
  }

  /** Frees the matrix of the rows as well. */
  dispose(): void {
    this.#tracked.dispose();
    this.#spec.matrix.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  *#cancellable<T>(work: Steps<T>): Steps<T> {
    for (;;) {
      this.#goOn();
      const { done, value } = work.next();
      if (done) return value;
      yield;
    }
  }

  #goOn(): void {
    if (this.#cancelled) throw new DOMException('The validation was cancelled.', 'AbortError');
  }
}
