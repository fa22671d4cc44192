/** planesearch: linear models and shallow networks trained without a learning rate. The public names. */
export {
  train,
  type Layers,
  type RunningTraining,
  type Training,
  type TrainingCallback,
  type TrainingData,
  type TrainOptions,
} from './train.js';
export type { CheckpointCallback, CheckpointOptions } from './checkpoint/index.js';
export type { ValidationData } from './held-out.js';
export { Model, type GivenRows, type ModelSpec } from './io/model.js';
export { ONNX_IR_VERSION, ONNX_OPSET, saveOnnx, toOnnx, type OnnxOptions } from './io/onnx/export.js';
export {
  JSON_FORMAT_VERSION,
  saveJson,
  type CommonJson,
  type LayerJson,
  type LinearJson,
  type ModelJson,
  type NetworkJson,
} from './io/model-json.js';
export { readWeights, type WeightsOptions } from './io/weights.js';
export type { Predictor, PredictorOptions } from './io/predictor.js';
export type { Scores } from './metrics/scores.js';
export {
  penaltyChoices,
  penaltyWords,
  type PenaltyChoice,
  type PenaltyJudge,
  type PenaltyReport,
  type PenaltyWord,
} from './selection/choose-penalty.js';
export { l1Choices, penaltyNames, type L1Choice, type PenaltyName } from './l1/options.js';
export { L1Objective, type L1ObjectiveSpec } from './l1/objective.js';
export { l1Path, type L1Path, type L1PathOptions, type L1PathSolution } from './l1/path.js';
export { proximalNewton, proximalSweep } from './l1/proximal-newton.js';
export type { PathMember } from './selection/penalty-path.js';
export {
  chooseTask,
  columnNames,
  convertTable,
  DEFAULT_LIMITS,
  encodeRows,
  encodeTarget,
  everyFifthRow,
  isSparse,
  loadTable,
  measureStandardization,
  splitRows,
  splitTable,
  standardized,
  stratifiedRows,
  tableFrom,
  takeRows,
  npyFile,
  npzFile,
  toMatrix,
  type Conversion,
  type NpyNumbers,
  type StoredLabels,
  type ConvertOptions,
  type DataSchema,
  type DenseData,
  type GivenMatrix,
  type GivenTarget,
  type LoadedTable,
  type LoadOptions,
  type MatrixData,
  type NpyFileOptions,
  type NpzFileOptions,
  type TrainingMatrix,
  type RawTarget,
  type ReadLimits,
  type SparseData,
  type Standardization,
  type Table,
  type TableOptions,
  type TableReading,
  type TableRow,
  type Task,
  type TaskKind,
} from './data/index.js';
export * from './decompositions/index.js';
export * from './diagnostics/index.js';
export * from './preprocessing/index.js';
export * from './estimators/index.js';
export { chooseAutomatically, type AutoChoice, type DataTraits } from './auto.js';
export * as metrics from './metrics/index.js';
export * from './calibration/index.js';
export * from './selection/index.js';
export * from './experiment/index.js';
export { PlanesearchError, type ErrorCode } from './core/errors.js';

export type { Moving } from './core/objective-spec.js';
export { Objective, type ObjectiveSpec, type ObjectiveState, type Split } from './core/objective.js';
export { SubspaceFunction } from './core/subspace-function.js';
export {
  createTrainer,
  minimize,
  type Callback,
  type RunningTrainer,
  type Sweep,
  type Trainer,
  type TrainerOptions,
  type TrainerStart,
  type TrainerState,
  type TrainingResult,
} from './core/trainer.js';
export type { AnnealingIntensity, AnnealingOptions } from './annealing/annealing.js';
export { annealedRestarts, type AnnealedRestartOptions, type AnnealedRestartState } from './annealing/restarts.js';
export type { Restarts } from './core/restarts.js';
export { behindLayer } from './layerwise/behind.js';
export { inTurn, type InTurnOptions } from './layerwise/in-turn.js';
export { Validation, type ValidationSpec } from './core/validation.js';
export type { EarlyStoppingOptions, Monitor } from './core/early-stopping.js';
export { checkNeeds, type Need, type Part } from './core/needs.js';
export { Batches } from './sampling/batches.js';
export { miniBatches, type MiniBatchOptions, type MiniBatchState, type SolveOn } from './sampling/mini-batches.js';
export type { BatchChoice } from './sampling/batch-options.js';
export type { Penalized } from './core/penalty.js';
export type { IterationRecord, NewRecord } from './core/iteration-record.js';
export * as stopping from './core/stopping.js';
export { createRandom, type Random, type RandomState } from './core/random.js';
export {
  biasBlock,
  layoutOf,
  blockOf,
  weightBlock,
  type LayerShape,
  type ParameterBlock,
  type ParameterLayout,
} from './core/parameters.js';

export * from './networks/index.js';
export { programOf, type Program, type ProgramNode } from './networks/program.js';
export * from './losses/index.js';
export { taskLosses, tasks, type TaskOptions } from './losses/tasks.js';
export { activations, type Activation, type ActivationName } from './activations/index.js';
export * from './directions/index.js';
export { directionByName, type DirectionOptions } from './directions/by-name.js';
export * from './schedules/index.js';
export * from './steps/index.js';
export * from './subspace/index.js';
export * from './callbacks/index.js';
export * from './report/index.js';
export type { HistoryColumns, TableSummary, TrainingSummary } from './io/training-summary.js';

export { growing, type GrowingOptions, type GrowingState } from './sampling/growing.js';
export type { Sample } from './sampling/sample.js';
export { selectBackend } from './backends/index.js';
export { type BackendInfo, backendInfo } from './backends/backend-info.js';
export { nativeInfo } from './backends/native.js';
export type {
  Accepted,
  Backend,
  BackendName,
  ColumnDescent,
  DataMatrix,
  Evaluation,
  MatrixOptions,
  MatrixSource,
  FileEntries,
  FileIntegers,
  FileSource,
  ProductCounts,
  TrackedLoss,
  TrackedLossSpec,
} from './backends/backend.js';
export type { Frame } from './backends/frame.js';

// The types that the names above refer to.
export type {
  AnyVector,
  Chunked,
  ChunkMoments,
  CurvatureFactors,
  FactorRequest,
  MatrixAlgebra,
  MaybePromise,
  RowRange,
  VectorAlgebra,
} from './backends/backend.js';
export type { CoordinateRequest, CoordinateSearch, CoordinateSweep, SweepOptions } from './coordinate/request.js';
export type { BackendChoice } from './backends/index.js';
export type { ThreadChoice } from './backends/default-threads.js';
export type { NativeInfo } from './backends/native-module.js';
export type { ErrorDetails } from './core/errors.js';
export type { ComponentsReport } from './train-components.js';
export type { Beside } from './core/beside.js';
export type { SubspaceColumns, SubspaceSpec, Trials } from './core/subspace-function.js';
export type { PartKind } from './core/needs.js';
export type { ArrowColumn, ArrowTable, MatrixLike, NumberList, ShapedNumbers } from './data/given/matrix.js';
export type { RowSplit } from './data/split.js';
export type { HashingOptions } from './preprocessing/hashed-rows.js';
export type { FirstSample } from './sampling/first-sample.js';
export type {
  ArraySchema,
  CategoricalFeature,
  ColumnSummary,
  CsvFeature,
  CsvSchema,
  CsvTarget,
  DataFormat,
  DataOrigin,
  IdxSchema,
  LibsvmSchema,
  NumberFeature,
  TableSchema,
  TextFeature,
} from './data/table.js';
export type { Cell } from './data/cell.js';
export type { DateOrder } from './data/date-cell.js';
export type { Imputation } from './data/imputation.js';
export type { Storage } from './data/storage.js';
export type { AdamMoments, AdamState } from './directions/adam.js';
export type { ConjugateGradientState } from './directions/conjugate-gradient.js';
export type { CoordinateState } from './directions/coordinate.js';
export type { KroneckerLbfgsState } from './directions/kronecker-lbfgs.js';
export type { InputSketch } from './directions/input-sketch.js';
export type { MetricState } from './directions/kronecker-metric.js';
export type { ZerothOrderState } from './directions/zeroth-order.js';
export type { NesterovState } from './directions/nesterov.js';
export type { ScaledConjugateGradientState } from './directions/scaled-conjugate-gradient.js';
export type { Pair as CurvaturePair, PairMemory } from './directions/pair-memory.js';
export type { BacktrackingState } from './steps/backtracking.js';
export type { ExactState } from './steps/exact.js';
export type { LayerwiseBacktrackingState } from './steps/layerwise-backtracking.js';
export type { StepContext } from './steps/step-rule.js';
export type { StrongWolfeState } from './steps/strong-wolfe.js';
export type { DenseSource, Precision, RankedRows, SparseSource } from './backends/backend.js';
export type { DriftState } from './core/drift-estimate.js';
export type { Identity, Settings } from './core/identity.js';
export type { OptionDescription } from './core/option.js';
export type { Penalty } from './core/penalty.js';
export type { BestPoint } from './core/trainer.js';
export type { ColumnChoices, ColumnKind, ColumnReference } from './data/column-options.js';
export type { NumberFormat } from './data/number-cell.js';
export type { ClassLabel, CodingName, Label } from './losses/coding.js';
export type { LossTask } from './losses/loss.js';
export type { RankedLabel } from './losses/probabilities.js';
export { PARAMETER_LIMIT, type NodeKind } from './networks/program.js';
