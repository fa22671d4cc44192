import { describe, expect, it } from 'vitest';
import { createJavascriptBackend } from '../../lib/backends/javascript.js';
import { Objective } from '../../lib/core/objective.js';
import { lossByName, type LossName } from '../../lib/losses/index.js';
import { linear } from '../../lib/networks/index.js';

const backend = createJavascriptBackend();

async function open(loss: LossName, outputs: number, targets: number[]): Promise<Objective> {
  const matrix = await backend.matrix({
    kind: 'dense',
    values: new Float64Array(targets.length),
    rows: targets.length,
    columns: 1,
  });
  const architecture = linear().architecture(1, outputs);
  return new Objective(
    { matrix, architecture, loss: lossByName(loss), targets: Float64Array.from(targets), l2: 0, memory: 0 },
    backend,
  );
}

describe('targets are checked before they reach a kernel', () => {
  it.each([
    ['logistic', 1, [1, 0], 'Target 1 must be -1 or +1 for the logistic loss, but 0 was given.'],
    ['softmax', 3, [0, 1, 3], 'Target 2 must be a class index from 0 to 2 for the softmax loss, but 3 was given.'],
    ['softmax', 3, [-1], 'Target 0 must be a class index from 0 to 2 for the softmax loss, but -1 was given.'],
    ['softmax', 3, [0.5], 'Target 0 must be a class index from 0 to 2 for the softmax loss, but 0.5 was given.'],
    ['squared', 1, [1, Infinity], 'Target 1 must be a finite number for the squared loss, but Infinity was given.'],
  ] as const)('%s with %i outputs refuses %j', async (loss, outputs, targets, sentence) => {
    await expect(open(loss, outputs, [...targets])).rejects.toThrow(sentence);
  });

  it('accepts every class of the range', async () => {
    await expect(open('softmax', 3, [0, 1, 2])).resolves.toBeDefined();
  });
});
