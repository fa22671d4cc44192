/** Dot products of few numbers in plain loops, where a call into a compiled core costs more than they do. */
import { checkPair } from './arguments.js';
import type { AnyVector, VectorAlgebra } from './backend.js';
import { javascriptVectors } from './javascript-algebra.js';

/** Numbers of a vector up to which the loops win: a call is some 0.5 µs, and 0.2 µs more for every vector in a list. */
const FEW = 64;

/**
 * The algebra of a compiled core but for dot products of few numbers. The length of a vector alone decides, so that bits depend on nothing
 * else. Sums of vectors are the core's for any length: its tracked loss moves by them too, with fused multiplications, and has to come to the
 * same parameters.
 */
export function withFewNumbers(compiled: VectorAlgebra): VectorAlgebra {
  // The core refuses vectors that are not as long as each other, and weights that do not divide them.
  const by = (all: readonly AnyVector[], rows: number): VectorAlgebra => {
    const length = all[0]?.length ?? 0;
    const few = length <= FEW && length % rows === 0 && all.every((vector) => vector.length === length);
    return few ? javascriptVectors : compiled;
  };
  return {
    ...compiled,
    dot(a, b) {
      checkPair(a, b);
      return (a.length <= FEW ? javascriptVectors : compiled).dot(a, b);
    },
    dots: (left, right, weights) => by(left.concat(right), weights?.length ?? 1).dots(left, right, weights),
  };
}
