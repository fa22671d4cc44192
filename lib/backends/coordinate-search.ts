/** For `native.ts` of the first edition of the seam alone: goes when the one of the second edition is merged. */
export { checkSweep } from '../coordinate/kinds.js';
