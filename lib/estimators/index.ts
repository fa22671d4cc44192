/** What people come for by name: estimators in scikit-learn's manner over `train`. */
export type { ClassifierOptions } from './classifier.js';
export { Classifier } from './classifier.js';
export { weightsOfClasses, type ClassWeight } from './class-weights.js';
export type { Coefficients } from './coefficients.js';
export { Estimator, type EstimatorOptions, type Fitting, type FitOptions } from './estimator.js';
export { GeneralizedLinearRegression, type GeneralizedLinearRegressionOptions } from './generalized-linear-regression.js';
export { LinearRegression, type LinearRegressionOptions } from './linear-regression.js';
export { LogisticRegression, type LogisticRegressionOptions } from './logistic-regression.js';
export { MLPClassifier, type MLPClassifierOptions } from './mlp-classifier.js';
export { MLPRegressor, type MLPRegressorOptions } from './mlp-regressor.js';
export { Regressor, type RegressorOptions } from './regressor.js';
