/** What a call of `train` takes, and what comes back. */
import type { AnnealedRestartOptions } from './annealing/restarts.js';
import type { CheckpointOptions } from './checkpoint/index.js';
import type { Backend, BackendName, FileSource, Precision, ProductCounts } from './backends/backend.js';
import type { EarlyStoppingOptions } from './core/early-stopping.js';
import type { TrainerState, TrainingResult } from './core/trainer.js';
import type { DataSchema, GivenMatrix, GivenTarget, TaskKind } from './data/index.js';
import type { DirectionOptions } from './directions/by-name.js';
import type { Direction, DirectionName } from './directions/index.js';
import type { ValidationData } from './held-out.js';
import type { Model } from './io/model.js';
import type { Scores } from './metrics/scores.js';
import type { L1Choice, PenaltyName } from './l1/options.js';
import type { LossName, LossOptions } from './losses/index.js';
import type { Loss } from './losses/loss.js';
import type { Network, NetworkName, NetworkOptions } from './networks/index.js';
import type { FirstSample } from './sampling/first-sample.js';
import type { SolveOn } from './sampling/mini-batches.js';
import type { BatchChoice } from './sampling/batch-options.js';
import type { ScheduleName } from './schedules/index.js';
import type { PcaOptions } from './preprocessing/pca.js';
import type { TrainingCallback } from './running-training.js';
import type { StepRule, StepRuleName } from './steps/index.js';
import type { SolverName, SubspaceSolver } from './subspace/index.js';
import type { PenaltyReport, PenaltyWord } from './selection/choose-penalty.js';
import type { ComponentsReport } from './train-components.js';

export interface TrainingData {
  /**
   * Rows x columns, in any of the forms of `GivenMatrix`, float64 or float32; copied by the backend. Lists of rows and the like with more than 65536 numbers
   * are read in pieces: they, and what comes with them, must stay as they are until the first iteration. Or in a file (`FileSource`, `npyFile`, `npzFile`), which
   * must stay as it is until the end: all its rows are looked at from the start.
   */
  readonly x: GivenMatrix | FileSource;
  /** One label or number per row; k numbers a row (several targets); any number of labels a row. */
  readonly y: GivenTarget;
  /** Added to the outputs, rows x outputs: a column with the fixed weight 1, such as the log exposure of a count model. */
  readonly offsets?: Float64Array | undefined;
  /**
   * Importance of each row, at least 0; all equal when absent. A weight of 2 is the same as the row twice, given the same l2
   * (the default counts rows) and no standardization (which does not weigh).
   */
  readonly sampleWeights?: Float64Array | undefined;
  /** How the data was read, from `loadTable`; goes into the model so that it can read files of the same kind. */
  readonly schema?: DataSchema | undefined;
}

/** Options of networks (`hidden`, `activation`, ...) and losses (`delta`, `power`) stand beside the others. */
export interface TrainOptions extends NetworkOptions, LossOptions {
  /** 'linear' (default), 'mlp', 'gated', 'linearly-gated', 'skip', or a network of your own. */
  readonly network?: NetworkName | Network;
  /**
   * 'auto' (default): logistic for two classes and for sets of labels, softmax for more classes, squared for numbers; or
   * your own.
   */
  readonly loss?: LossName | Loss | 'auto';
  /** What the target is taken for: 'auto' (default) as the loss says, or by the rule of `chooseTask`. */
  readonly task?: TaskKind;
  /**
   * Weight of the penalty (l2/2)||weights||^2, at least 0. Default 0 for the squared loss on a linear network, which is plain
   * least squares, and 1 / rows otherwise; but 'auto' for a network with `earlyStopping` whose run begins with a sample of its rows, 16384 or
   * more, and whose products with X take 2^28 multiplications or more. 'auto' chooses it by the loss of rows left out, in the way that suits the problem; 'leave-one-out', 'folds', 'held-out' and 'gradient' in the way
   * they say; 'layerwise' of a network one for each layer (`layerPenalties`), along the gradient; 'prior' is max(1, d m^2 / 16) / rows for a linear network, d columns and their mean spread m, as the penalty sees it; networks: `docs/penalty.md`; 'noise' is the penalty at which weights give outputs as
   * large as a short fit says, beside the noise that it leaves. Callbacks and limits see the run at the l2 chosen.
   */
  readonly l2?: number | PenaltyWord;
  /**
   * How many times as strong as `l2` the penalty of each layer is, in the order of the layers: (l2/2) sum_l c_l ||W_l||^2. One finite number c_l of at
   * least 0 for each layer; of a network with one layer l2 becomes l2 c, unless rows left out choose l2. Default 1 each, with l2 'layerwise' as that finds.
   */
  readonly layerPenalties?: readonly number[] | undefined;
  /**
   * Weight of the penalty l1 ||weights||_1 beside it, at least 0, for linear networks: weights that do not earn it are 0 exactly. 'auto' chooses
   * it by the loss of rows left out, 'path' and 'gradient' in the way they say. l2 is 0 then unless it is given. Default 0. See
   * `docs/sparse-models.md`.
   */
  readonly l1?: number | L1Choice;
  /**
   * 'l2' (default), 'l1' (l2 is 0, l1 'auto' unless given) or 'elastic-net' (both; of `l1`, `l2` and `l1Ratio` any two are enough).
   */
  readonly penalty?: PenaltyName;
  /** With penalty 'elastic-net': l1 / (l1 + l2), above 0, at most 1. Default 0.5. */
  readonly l1Ratio?: number;
  /** 'auto' (default) leaves the choice to `lib/auto.ts`. */
  readonly direction?: DirectionName | Direction | 'auto';
  /** Of a direction chosen by its name, by their names: `{ pairs: 5 }` is `lbfgs({ pairs: 5 })`. Lists of names also as `hidden+output`. */
  readonly directionOptions?: DirectionOptions | undefined;
  /**
   * Past steps that join the subspace; 'auto' (default): as the direction recommends where the step rule can use them, 0
   * otherwise.
   */
  readonly memory?: number | 'auto';
  /** Default 'auto'. */
  readonly steps?: StepRuleName | StepRule | 'auto';
  /** Subspace solver of 'line', 'plane' and 'layerwise'. Default 'auto'. */
  readonly solver?: SolverName | SubspaceSolver | 'auto';
  /** Learning rate of 'fixed', first rate of 'schedule', above 0; in the frame. Default 0.1. */
  readonly rate?: number;
  /** Shape of the rates of 'schedule' over `maxIterations`. Default 'cosine'. */
  readonly schedule?: ScheduleName;
  /**
   * In which X is stored and multiplied: 'auto' (default) as its values come, 'float32' for half the memory and about 1.7 times the
   * speed, with an objective right to about 1e-6. Sums, losses, slopes and curvature are float64 always.
   */
  readonly precision?: Precision | 'auto';
  /**
   * Rows that the run looks at first, drawn at random, until they stop telling the truth and others join: `docs/sampling.md`. 'auto'
   * (default) begins with a sample of large data where direction and step rule are left to it; 'all' is every row from the start. Until all
   * n rows are looked at, the penalty on m of them has the weight min(l2 n / m, max(l2, 1 / m)).
   */
  readonly sample?: number | 'auto' | 'all';
  /**
   * Rows of a mini-batch, 1 to half of all; none by default. Every iteration is then an epoch of steps, each from the gradient of one batch:
   * `docs/mini-batches.md`. Direction 'gradient' (default), 'adam' or 'adam-pair', `memory` 0 or 1.
   */
  readonly batch?: number;
  /** Over which rows the step of a batch is solved: of the 'same' batch as its gradient, of the 'next' one, or of 'both' (default). */
  readonly solveOn?: SolveOn;
  /** 'auto' (default) is native where its binary loads; or a backend, such as that of several ranks (`docs/scale.md`). */
  readonly backend?: BackendName | 'auto' | Backend;
  /** Threads of the native backend, 1 to 256. Default: all processors. Any number gives the same bits. */
  readonly threads?: number;
  /** Seed of the starting point. Default 0. */
  readonly seed?: number;
  /**
   * Whether the penalty is on the weights of the columns scaled to standard deviation 1, and not of the columns as given.
   * All else is the same, since training sees centered and scaled columns anyway. Default false.
   */
  readonly standardize?: boolean;
  /**
   * Trains on so many principal components of X, 1 to the smaller of rows and columns, or on those that `PCA` finds with these options. The model
   * takes columns as given; penalty, `standardize` and metrics are about components. Default none. See `docs/svd.md`.
   */
  readonly pca?: number | Omit<PcaOptions, 'precision' | 'backend' | 'threads'> | undefined;
  /**
   * Where to begin: a model or its parameters (warm start: the run ends at once when they are the optimum), the file of either (a model of
   * ours; safetensors, NPZ or NPY as {@link readWeights} takes them), or the state of a run of the same data and options, which is then
   * gone on with. Default: where the network begins.
   */
  readonly start?: Model | Float64Array | string | { readonly state: TrainerState };
  /**
   * Whether an iteration moves all layers 'together' (default), or is a turn of each, one after the other, the others held: 'in turn', for
   * networks of several layers and step rules that never raise the objective. When which: `docs/plane-search.md`, "Deep networks".
   */
  readonly layers?: Layers;
  /**
   * What happens where the run has ended, converged or stalled: 'annealing' goes back to its best point, anneals the weights there and goes on, at most 8
   * times, or as these options say; for networks with hidden units. `maxIterations` and other limits are of all rounds together. Default: it ends. See
   * `docs/scaled-conjugate-gradient.md`.
   */
  readonly restarts?: 'annealing' | AnnealedRestartOptions | undefined;
  /** Default 500. */
  readonly maxIterations?: number;
  /** Seconds, without those of the choice of a penalty; none by default. */
  readonly timeLimit?: number;
  /** Most products with X, both kinds together; none by default. */
  readonly maxProducts?: number;
  /**
   * Relative tolerance on the gradient norm, 0 to 1; 0 runs to the iteration limit. Default 1e-6. See
   * `lib/core/stopping.ts`.
   */
  readonly tolerance?: number;
  /** Share of the objective by which ten iterations must lower it, 0 to 1, or the run ends as slow; 0 asks nothing. Default tolerance^2. */
  readonly minDecrease?: number;
  /**
   * Keeps the run in a folder as it goes, so that one that is interrupted can be gone on with: `docs/checkpoints.md`. The choice of a penalty, which
   * comes before the run, is made again then.
   */
  readonly checkpoint?: CheckpointOptions | undefined;
  readonly callbacks?: readonly TrainingCallback[];
  readonly signal?: AbortSignal;
  /**
   * Rows that are not trained on and show in every record how well they are fitted: a share of those given, above 0 and below 1, split off at
   * random by `seed` with every label's share of it, or data of their own. Default none, 0.1 with `earlyStopping`. See
   * `docs/choosing-nothing.md`.
   */
  readonly validation?: number | ValidationData;
  /**
   * Whether the run ends when the validation rows have not been fitted better for a while, and returns the point that fits them best; or how.
   * Default false.
   */
  readonly earlyStopping?: boolean | EarlyStoppingOptions;
}

/** How the layers of a network are trained. */
export type Layers = 'together' | 'in turn';

/** What was trained and how it went. */
export interface Training extends Omit<TrainingResult, 'parameters' | 'penalty' | 'validation'> {
  readonly model: Model;
  readonly network: string;
  readonly loss: string;
  readonly l2: number;
  /** How many times as strong as `l2` the penalty of each layer was: given, chosen, or 1 each. */
  readonly layerPenalties: readonly number[];
  /** 0 without. */
  readonly l1: number;
  /** How l2, or l1, was chosen by fits; null where it was given, or needed none. */
  readonly penalty: PenaltyReport | null;
  readonly direction: string;
  /** Which direction `auto` chose and why, in a clause; null when one was asked for. */
  readonly automatic: string | null;
  readonly memory: number;
  readonly steps: string;
  readonly layers: Layers;
  readonly solver: string;
  readonly backend: BackendName;
  readonly precision: Precision;
  /** 'file' where X stayed in its file. */
  readonly storage: 'dense' | 'sparse' | 'file';
  /** Why native was not used although wanted; null otherwise. */
  readonly notice: string | null;
  readonly threads: number;
  readonly rows: number;
  /** Rows of the first sample and why so many, in a clause; all rows where there was none. */
  readonly sample: FirstSample;
  /** With mini-batches: the rows asked of one, and over which rows its steps were solved; null without. */
  readonly batch: BatchChoice | null;
  readonly columns: number;
  /** With `pca`. */
  readonly pca?: ComponentsReport;
  readonly parameters: number;
  readonly iterations: number;
  readonly products: ProductCounts;
  /** Seconds of the training alone, the copy of X into the backend included. */
  readonly seconds: number;
  /** Fit on the training rows: the weighted mean loss; accuracy or r2 with every row counted the same. */
  readonly scores: Scores;
  /** Fit on the validation rows, and how many they are; null without. Theirs are not among `rows`. */
  readonly validation: (Scores & { readonly rows: number }) | null;
}
