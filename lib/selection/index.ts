/** Judging models on rows that they have not seen, and choosing among them. */
export {
  crossValidate,
  type CrossValidation,
  type Fittable,
  type FoldChoice,
  type FoldResult,
} from './cross-validate.js';
export {
  groupedFolds,
  kFolds,
  stratifiedFolds,
  timeSeriesFolds,
  type FoldOptions,
  type TimeSeriesOptions,
} from './folds.js';
export type { LabelledRows, ReadRows } from './labelled-rows.js';
export { search, type Candidate, type Grid, type Search, type SearchOptions } from './search.js';
export { trainTestSplit, type SplitOptions } from './train-test-split.js';
