/** Probabilities that come true as often as they say. */
export { calibrate, calibrated, CalibratedModel, type Calibration, type CalibrationChoice } from './calibrate.js';
export { isotonicRegression, isotonicValue, type IsotonicRegression } from './isotonic.js';
export { plattScaling, type PlattScaling } from './platt.js';
