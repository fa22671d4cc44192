/** What the options of a command are once they are read, by the names that commander gives them. */
import type { BackendName, Precision } from '../backends/backend.js';
import type { Monitor } from '../core/early-stopping.js';
import type { TaskKind } from '../data/index.js';
import type { ClassWeight } from '../estimators/class-weights.js';
import type { MetricName } from '../metrics/evaluation.js';
import type { Grid } from '../selection/search.js';
import type { TrainOptions } from '../train.js';
import type { ColumnArguments, FileArguments } from './data-options.js';
import type { OutOfCoreArguments } from './out-of-core.js';

export interface BackendArguments {
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

export interface TrainArguments
  extends Omit<
      TrainOptions,
      'callbacks' | 'signal' | 'start' | 'validation' | 'earlyStopping' | 'checkpoint' | 'layers' | 'restarts' | 'pca'
    >,
    FileArguments,
    OutOfCoreArguments,
    RankArguments,
    ColumnArguments {
  readonly pca?: number;
  readonly classWeight?: ClassWeight;
  readonly test?: string;
  readonly labels?: string;
  readonly testLabels?: string;
  /** A file, or the share of the training rows to hold out. */
  readonly validation?: string | number;
  readonly validationLabels?: string;
  readonly earlyStopping?: boolean;
  readonly patience?: number;
  readonly minDelta?: number;
  readonly monitor?: Monitor;
  readonly target?: string;
  readonly layers?: 'together' | 'in-turn';
  readonly restarts?: 'annealing';
  readonly restartLimit?: number;
  /** A model, or weights of another program. */
  readonly start?: string;
  readonly out?: string;
  readonly trace?: string;
  readonly report?: string;
  readonly checkpoint?: string;
  readonly checkpointIterations?: number;
  readonly checkpointSeconds?: number;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Of the processes that mpirun has started. */
export interface RankArguments {
  readonly distributed?: boolean;
  readonly parts?: number;
  readonly sum?: 'ordered' | 'fast';
  readonly rankTimeout?: number;
}

export interface PredictArguments
  extends RankArguments,
    BackendArguments,
    FileArguments,
    Pick<OutOfCoreArguments, 'outOfCore'> {
  readonly probabilities?: boolean;
  readonly top?: number;
  readonly out?: string;
  readonly quiet?: boolean;
}

export interface EvaluateArguments
  extends RankArguments,
    BackendArguments,
    FileArguments,
    Pick<OutOfCoreArguments, 'outOfCore'> {
  readonly labels?: string;
  readonly target?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The options of `train` that say what is fitted, and how it is judged. */
export interface CrossValidateArguments
  extends Omit<TrainArguments, 'test' | 'testLabels' | 'out' | 'trace' | 'report' | keyof OutOfCoreArguments> {
  readonly folds?: number;
  readonly group?: string;
  readonly timeSeries?: boolean;
}

export interface SearchArguments extends CrossValidateArguments {
  readonly grid?: Grid;
  readonly scoring?: MetricName;
  readonly out?: string;
}

export interface CompareArguments extends CrossValidateArguments {
  readonly methods?: readonly string[];
  readonly iterations?: number;
  readonly seconds?: number;
  readonly seeds?: number;
  readonly out?: string;
}

export interface ExportArguments {
  readonly format?: 'onnx' | 'json';
  readonly out?: string;
  readonly precision?: Precision;
  readonly labels?: 'class' | 'index';
  readonly inputs?: 'matrix' | 'columns';
}

export interface ReportArguments extends BackendArguments, FileArguments {
  readonly test?: string;
  readonly labels?: string;
  readonly target?: string;
  readonly imageShape?: readonly [number, number];
  readonly out?: string;
  readonly quiet?: boolean;
}

export interface DescribeArguments extends FileArguments, ColumnArguments {
  readonly labels?: string;
  readonly target?: string;
  readonly task?: TaskKind;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface ConvertArguments extends Omit<FileArguments, 'storage'>, ColumnArguments {
  readonly out?: string;
  readonly labelsOut?: string;
  readonly type?: 'float32' | 'float64';
  /** A schema that a conversion has left. */
  readonly schema?: string;
  readonly labels?: string;
  readonly target?: string;
  readonly task?: TaskKind;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface InfoArguments {
  readonly json?: boolean;
}
