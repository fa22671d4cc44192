import { describe, expect, it } from 'vitest';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Objective } from '../../lib/core/objective.js';
import { losses } from '../../lib/losses/index.js';
import { linear } from '../../lib/networks/index.js';

const backend = createJavascriptBackend();

function open(loss: keyof typeof losses, outputs: number, targets: number[]): Objective {
  const matrix = backend.matrix(new Float64Array(targets.length), targets.length, 1);
  return new Objective(
    { matrix, layers: linear().layers(1, outputs), loss: losses[loss], targets: Float64Array.from(targets), l2: 0, memory: 0 }, backend,
  );
}

describe('targets are checked before they reach a kernel', () => {
  it.each([
    ['logistic', 1, [1, 0], 'Target 1 must be -1 or +1 for the logistic loss, but 0 was given.'],
    ['softmax', 3, [0, 1, 3], 'Target 2 must be a class index from 0 to 2 for the softmax loss, but 3 was given.'],
    ['softmax', 3, [-1], 'Target 0 must be a class index from 0 to 2 for the softmax loss, but -1 was given.'],
    ['softmax', 3, [0.5], 'Target 0 must be a class index from 0 to 2 for the softmax loss, but 0.5 was given.'],
    ['squared', 1, [1, Infinity], 'Target 1 must be a finite number, but Infinity was given.'],
  ] as const)('%s with %i outputs refuses %j', (loss, outputs, targets, sentence) => {
    expect(() => open(loss, outputs, [...targets])).toThrow(sentence);
  });

  it('accepts every class of the range', () => {
    expect(() => open('softmax', 3, [0, 1, 2])).not.toThrow();
  });
});
