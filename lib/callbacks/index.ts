/** Every built-in callback, one line each. */
export { BackupAndRestore } from './backup-and-restore.js';
export { CSVLogger } from './csv-logger.js';
export { EarlyStopping, type EarlyStoppingCallbackOptions } from './early-stopping.js';
export { History, type HistoryCallback } from './history.js';
export { jsonl } from './jsonl.js';
export { JSONLLogger } from './jsonl-logger.js';
export { LambdaCallback, type LambdaCallbackOptions } from './lambda-callback.js';
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.js';
export type { MonitoredNumber } from './monitor.js';
export { progress } from './progress.js';
export { ProgressBar, type ProgressBarOptions } from './progress-bar.js';
export type { RecordCallback } from './record-lines.js';
export { StatusLine, type StatusStream } from './status-line.js';
export { TensorBoard, type TensorBoardOptions } from './tensorboard.js';
export { TimeLimit } from './time-limit.js';
export { trainingIterator, type TrainingIterator } from './training-iterator.js';
