/** The small dense algebra of the addon (native/addon/matrix_algebra.h): in place at once, or a copy that comes back later. */
import { requireInteger } from '../core/errors.js';
import { checkArray, checkProduct } from './arguments.js';
import type { MatrixAlgebra, MaybePromise } from './backend.js';
import { call } from './native-call.js';
import type { NativeModule } from './native-module.js';

function checkSquare(what: string, values: Float64Array, n: number): void {
  requireInteger(`The order of ${what}`, n, 1);
  checkArray(what, values, n * n, `${n} x ${n}`);
}

export function createNativeMatrices(module: NativeModule, threads: number): MatrixAlgebra {
  function solve(L: Float64Array, n: number, B: Float64Array, count: number, right: boolean): MaybePromise<void> {
    checkSquare('L', L, n);
    checkProduct('B', B, n, count);
    return call(
      () => module.choleskySolve(L, n, B, count, right, threads),
      (changed) => {
        if (changed) refill('B', B, changed);
      },
    );
  }
  return {
    cholesky(A, n) {
      checkSquare('A', A, n);
      return call(
        () => module.cholesky(A, n, threads),
        (result) => {
          if (typeof result === 'boolean') return result;
          refill('A', A, result);
          return true;
        },
      );
    },
    solveLeft: (L, n, B, width) => solve(L, n, B, width, false),
    solveRight: (L, n, B, height) => solve(L, n, B, height, true),
  };
}

/** The caller may have detached the array while the job ran. */
function refill(what: string, target: Float64Array, values: Float64Array): void {
  checkArray(what, target, values.length, 'as long as before');
  target.set(values);
}
