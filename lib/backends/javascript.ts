/**
 * The javascript backend: the same arithmetic as the native one in plain loops. It is the reference that the native code
 * is proven equal to, the opponent in `bench/`, and the fallback where no binary fits.
 */
import type { Backend } from './backend.js';
import { javascriptMatrices, javascriptVectors } from './javascript-algebra.js';
import { createJavascriptMatrix } from './javascript-matrix.js';
import { createJavascriptTrackedLoss } from './javascript-tracked-loss.js';

export { createJavascriptTrackedLoss };

export function createJavascriptBackend(): Backend {
  return {
    name: 'javascript',
    threads: 1,
    offers: ['coordinate-search', 'task-gradients'],
    vectors: javascriptVectors,
    matrices: javascriptMatrices,
    matrix: createJavascriptMatrix,
    trackedLoss: (spec) => createJavascriptTrackedLoss(spec, javascriptVectors),
  };
}
