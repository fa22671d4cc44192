/** How well predictions fit: every metric, one idea one file. The truth comes first, as in scikit-learn. */
export { accuracy, balancedAccuracy } from './accuracy.js';
export { averagePrecision } from './average-precision.js';
export { calibrationCurve, calibrationError, type CalibrationBin, type CalibrationOptions } from './calibration-error.js';
export { confusionMatrix, type ConfusionMatrix, type ConfusionOptions } from './confusion-matrix.js';
export { gammaDeviance, poissonDeviance, tweedieDeviance } from './deviance.js';
export { classReport, f1, type ClassReport, type F1Average, type F1Options } from './f1.js';
export { logLoss } from './log-loss.js';
export { evaluation, metricNames, type Evaluation, type EvaluationOptions, type MetricName } from './evaluation.js';
export { r2 } from './r2.js';
export { mae, rmse } from './regression.js';
export { rocAuc, rocAucOneVsRest, rocCurve, type RocCurve } from './roc.js';
export type { Labels, MetricOptions } from './rows.js';
export type { ScoreOptions } from './thresholds.js';
