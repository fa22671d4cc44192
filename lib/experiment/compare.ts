/**
 * An honest comparison of methods on one problem: the same data, network, loss, penalty and starting points for all, every curve by
 * iteration, by product with X and by second, and the price of every rate that had to be tuned.
 *
 *     gap_k = (best objective of a run up to iteration k) - (lowest objective that any run from this starting point found)
 *
 * The lowest is looked for by a reference run as well, of three times the budget, with what `auto` chooses. Full batch.
 */
import type { BackendName, Precision } from '../backends/backend.js';
import { requireInteger, requireNumber } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import { programOf } from '../networks/program.js';
import type { TrainingResult } from '../core/trainer.js';
import type { LossOptions } from '../losses/index.js';
import type { NetworkOptions } from '../networks/index.js';
import { besideTheData, checkDataParts, lossOptions, networkOptions } from '../train-parts.js';
import type { TrainingData, TrainOptions } from '../train.js';
import { DEFAULT_METHODS, namedMethods, type Method, type NamedMethod } from './methods.js';
import { Problem, type Budget } from './problem.js';
import { tuneRate } from './tune-rate.js';

/** What is told while a comparison goes on. */
export interface ComparisonProgress {
  /** Methods that are done, and how many there are. */
  readonly done: number;
  readonly methods: number;
  /** What has just been run: the label of a method, or 'reference'. */
  readonly label: string;
  /** Runs so far, those that tune rates included. */
  readonly runs: number;
}

/** The options of `train` that are those of a comparison, besides those of networks and losses. */
const fitted = [
  'network',
  'loss',
  'task',
  'l2',
  'layerPenalties',
  'precision',
  'standardize',
  'backend',
  'threads',
  'signal',
] as const satisfies readonly (keyof TrainOptions)[];

/** The options of `train` that say what is fitted (`network`, `loss`, `l2` as a number, ...), and how it is compared. */
export interface ComparisonOptions
  extends Pick<TrainOptions, Exclude<(typeof fitted)[number], 'l2'>>,
    NetworkOptions,
    LossOptions {
  /** Weight of the penalty, at least 0. Default as in `train`. */
  readonly l2?: number;
  /** As objects, or in words: `parseMethod`. Default: `DEFAULT_METHODS`. */
  readonly methods?: readonly (string | Method)[] | undefined;
  /** Of every run, at least 1. Default 100. */
  readonly iterations?: number | undefined;
  /** Of every run, above 0; none by default. */
  readonly seconds?: number | undefined;
  /** Starting points, at least 1: rates are tuned on the first, tables hold medians. Default 1. */
  readonly seeds?: number | undefined;
  /** Told after every run. */
  readonly progress?: ((progress: ComparisonProgress) => void) | undefined;
}

/** One entry for each record of a run. */
export interface Curve {
  /** The lowest so far. */
  readonly objective: readonly number[];
  /** Products with X so far, both kinds together. */
  readonly products: readonly number[];
  readonly seconds: readonly number[];
  /** Weighted second moments of X that were formed (`kronecker`): work with X, but no product. */
  readonly grams: number;
  /** Iterations that fell back to steepest descent. */
  readonly fallbacks: number;
  /** Evaluations of phi by iteration. */
  readonly evaluations: number;
  readonly stop: string;
}

export interface Tuning {
  readonly runs: number;
  readonly products: number;
  readonly seconds: number;
}

export interface ComparedMethod {
  readonly label: string;
  readonly direction: string;
  readonly rule: string;
  /** Past steps in the subspace. */
  readonly memory: number;
  /** Of 'fixed' and 'schedule'. */
  readonly rate: number | null;
  /** What finding the rate cost; it is not in the curves. Null where nothing was tuned. */
  readonly tuning: Tuning | null;
  /** One for each starting point. */
  readonly runs: readonly Curve[];
}

export interface Comparison {
  readonly problem: {
    readonly rows: number;
    readonly columns: number;
    readonly outputs: number;
    readonly parameters: number;
    readonly network: string;
    readonly loss: string;
    readonly l2: number;
    /** Where it is not the same for all layers: how many times as strong as `l2` that of each is. */
    readonly layerPenalties?: readonly number[];
    readonly storage: 'dense' | 'sparse';
    readonly precision: Precision;
  };
  readonly settings: {
    readonly iterations: number;
    readonly seconds: number | null;
    readonly seeds: number;
    readonly backend: BackendName;
    readonly threads: number;
  };
  readonly notice: string | null;
  /** For each starting point, the objective there. */
  readonly start: readonly number[];
  /** For each starting point, the lowest objective that any run found: what gaps are measured from. */
  readonly lowest: readonly number[];
  readonly methods: readonly ComparedMethod[];
  /** False where the signal came before all methods were done: those that were are here. */
  readonly complete: boolean;
  readonly seconds: number;
}

const own = [
  'methods',
  'iterations',
  'seconds',
  'seeds',
  'progress',
] as const satisfies readonly (keyof ComparisonOptions)[];
/** How much longer the reference run is. */
const REFERENCE_LENGTH = 3;

/**
 * Runs every method on the data from the same starting points. The data must stay as it is until the first run has begun.
 *
 * @throws PlanesearchError for misuse only; a method that makes no progress is a curve. The reason of the signal when it aborts before the
 * first method is done
 */
export async function compare(data: TrainingData, options: ComparisonOptions = {}): Promise<Comparison> {
  const known = [...own, ...fitted, ...networkOptions, ...lossOptions];
  refuseUnknown(options, known, { what: 'The options of compare', elsewhere: besideTheData });
  checkDataParts(data, 'compare', known);
  const { methods: wanted = DEFAULT_METHODS, progress, signal, ...rest } = options;
  const named = namedMethods(wanted);
  const budget = {
    iterations: requireInteger('iterations', rest.iterations ?? 100, 1),
    seconds: rest.seconds === undefined ? Infinity : requireNumber('seconds', rest.seconds, Number.MIN_VALUE),
  };
  const seeds = requireInteger('seeds', rest.seeds ?? 1, 1);
  const began = performance.now();
  signal?.throwIfAborted();
  const problem = await Problem.open(data, rest as TrainOptions);
  try {
    const starts = problem.starts(seeds);
    // Every method is looked at before the first runs: what cannot be built is refused at once.
    for (const { method } of named) problem.check(method, budget.iterations);
    const runner = new Runner(problem, budget, starts, signal, (label, done, runs) => {
      progress?.({ label, done, runs, methods: named.length });
    });
    const references = await runner.references();
    const methods = await runner.all(named);
    const lowest = references.map((value, s) => Math.min(value, ...methods.map(({ runs }) => runs[s]!.objective.at(-1)!)));
    return {
      problem: describeProblem(problem),
      settings: {
        iterations: budget.iterations,
        seconds: rest.seconds ?? null,
        seeds: starts.length,
        backend: problem.backend.name,
        threads: problem.backend.threads,
      },
      notice: problem.notice,
      start: starts.map((_, s) => methods[0]!.runs[s]!.objective[0]!),
      lowest,
      methods,
      complete: methods.length === named.length,
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    problem.dispose();
  }
}

function describeProblem({ spec, network, storage }: Problem): Comparison['problem'] {
  const { matrix, architecture, loss, l2, layerPenalties } = spec;
  const { layout, outputs } = programOf(architecture);
  const { rows, columns, precision } = matrix;
  return {
    rows,
    columns,
    outputs,
    parameters: layout.size,
    network: network.name,
    loss: loss.name,
    l2,
    ...(layerPenalties && { layerPenalties }),
    storage,
    precision,
  };
}

type Told = (label: string, done: number, runs: number) => void;

class Runner {
  #done = 0;
  #runs = 0;
  /** The best fixed rate of a direction, from which the tuning of its schedules sets out. */
  readonly #rates = new Map<string, number>();

  constructor(
    readonly problem: Problem,
    readonly budget: Budget,
    readonly starts: readonly Float64Array[],
    readonly signal: AbortSignal | undefined,
    readonly told: Told,
  ) {}

  /** The objective that the reference run of each starting point ends with. */
  async references(): Promise<number[]> {
    const { iterations, seconds } = this.budget;
    const longer = { iterations: REFERENCE_LENGTH * iterations, seconds: REFERENCE_LENGTH * seconds };
    const ends: number[] = [];
    for (const start of this.starts) ends.push((await this.#run('reference', {}, start, longer)).objective);
    return ends;
  }

  /** Those that were done before the signal came; throws its reason where there are none. */
  async all(named: readonly NamedMethod[]): Promise<ComparedMethod[]> {
    const methods: ComparedMethod[] = [];
    for (const one of named) {
      try {
        methods.push(await this.#compare(one));
      } catch (error) {
        if (!this.signal?.aborted || error !== this.signal.reason || methods.length === 0) throw error;
        break;
      }
      this.#done++;
    }
    return methods;
  }

  async #compare({ method, direction, rule, label, tuned }: NamedMethod): Promise<ComparedMethod> {
    const [first, ...others] = this.starts;
    const at = (rate: number): Method => (tuned ? { ...method, rate } : method);
    const attempt = (rate: number): Promise<TrainingResult> => this.#run(label, at(rate), first!);
    const found = tuned ? await tuneRate(attempt, this.#rates.get(direction)) : null;
    if (found && method.steps === 'fixed') this.#rates.set(direction, found.rate);
    const rate = found?.rate ?? method.rate ?? null;
    const results = [found?.run ?? (await attempt(NaN))];
    for (const start of others) results.push(await this.#run(label, at(rate ?? NaN), start));
    return {
      label,
      direction,
      rule,
      memory: this.problem.partsOf(at(rate ?? NaN), this.budget.iterations).memory,
      rate,
      tuning: found && priceOf(found.runs),
      runs: results.map(curveOf),
    };
  }

  async #run(label: string, method: Method, start: Float64Array, budget = this.budget): Promise<TrainingResult> {
    const result = await this.problem.run(method, start, budget, this.signal);
    this.#runs++;
    this.told(label, this.#done, this.#runs);
    return result;
  }
}

function priceOf(runs: readonly TrainingResult[]): Tuning {
  const curves = runs.map(curveOf);
  const sum = (of: (curve: Curve) => number): number => curves.reduce((total, curve) => total + of(curve), 0);
  return { runs: runs.length, products: sum((c) => c.products.at(-1)!), seconds: sum((c) => c.seconds.at(-1)!) };
}

/** What is kept of a run. */
export function curveOf({ history, innerEvaluations, stop }: TrainingResult): Curve {
  let lowest = Infinity;
  return {
    objective: history.map(({ objective }) => (lowest = Math.min(lowest, objective))),
    products: history.map(({ products }) => products.multiply + products.multiplyTransposed),
    seconds: history.map(({ seconds }) => Number(seconds.toFixed(6))),
    grams: history.at(-1)!.products.gram,
    fallbacks: history.filter(({ status }) => status === 'fallback').length,
    evaluations: innerEvaluations / Math.max(1, history.length - 1),
    stop: stop.reason,
  };
}
