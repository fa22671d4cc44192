/** planesearch: linear models and shallow networks trained without a learning rate. The public names. */
export { train, type Training, type TrainingData, type TrainOptions } from './train.js';
export { Model, type ModelSpec, type Scores } from './io/model.js';
export {
  chooseTask, DEFAULT_LIMITS, encodeTarget, everyFifthRow, loadTable, measureStandardization, splitRows, splitTable, standardized, takeRows,
  type DataSchema, type DenseData, type RawTarget, type ReadLimits, type Standardization, type Table, type Task,
} from './data/index.js';
export { chooseAutomatically, type AutoChoice } from './auto.js';
export { PlanesearchError, type ErrorCode } from './core/errors.js';

export { Objective, type ObjectiveSpec, type Split } from './core/objective.js';
export { SubspaceFunction } from './core/subspace-function.js';
export { minimize, type Callback, type TrainerOptions, type TrainingResult } from './core/trainer.js';
export type { IterationRecord } from './core/iteration-record.js';
export * as stopping from './core/stopping.js';
export { createRandom, type Random } from './core/random.js';
export { layoutOf, blockOf, type LayerShape, type ParameterBlock, type ParameterLayout } from './core/parameters.js';

export * from './networks/index.js';
export * from './losses/index.js';
export { activations, type Activation, type ActivationName } from './activations/index.js';
export * from './directions/index.js';
export * from './schedules/index.js';
export * from './steps/index.js';
export * from './subspace/index.js';
export * from './callbacks/index.js';

export { selectBackend } from './backends/index.js';
export { nativeInfo } from './backends/native.js';
export type { Backend, BackendName, DataMatrix, Evaluation, ProductCounts, TrackedLoss, TrackedLossSpec } from './backends/backend.js';
