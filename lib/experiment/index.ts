/** Methods compared on one problem. */
export {
  compare,
  type ComparedMethod,
  type Comparison,
  type ComparisonOptions,
  type ComparisonProgress,
  type Curve,
  type Tuning,
} from './compare.js';
export { comparisonPage, type PageOptions } from './comparison-page.js';
export { DEFAULT_METHODS, parseMethod, type Method } from './methods.js';
export { tuneRate, type Tuned } from './tune-rate.js';
