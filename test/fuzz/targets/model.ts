/** Model files: what is taken can be saved, comes back with the same bits, and predicts finite numbers or says why not. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { selectBackend } from '../../../lib/backends/index.js';
import { Model } from '../../../lib/io/model.js';
import { train, type TrainOptions } from '../../../lib/train.js';
import { JSON_PIECES, accepted, caseFile, pieces, type Target } from '../target.js';

const [file, again] = [caseFile('model', 'case.model'), caseFile('model', 'again.model')];
const backend = selectBackend('javascript').backend;
const [rows, columns] = [12, 3];
const x = { values: Float64Array.from({ length: rows * columns }, (_, e) => Math.sin(e * e)), rows, columns };
const classes = Array.from({ length: rows }, (_, i) => ['a', 'b', 'c'][i % 3]!);
const numbers = Float64Array.from({ length: rows }, (_, i) => i * i);

async function saved(y: string[] | Float64Array, options: TrainOptions): Promise<Buffer> {
  const { model } = await train({ x, y }, { ...options, backend: 'javascript', maxIterations: 2 });
  await model.save(file);
  return readFileSync(file);
}

export const model: Target = {
  seeds: [
    await saved(classes, {}),
    await saved(numbers, { network: 'mlp', hidden: [2] }),
    await saved(numbers, { loss: 'huber', network: 'gated', hidden: [2] }),
    await saved(
      classes.map((name) => (name === 'c' ? 'a' : name)),
      { network: 'skip', hidden: [2], loss: 'squared-hinge' },
    ),
  ],
  pieces: pieces(
    ...[...JSON_PIECES, 'true', '[]', '{}', '"F32"', '"inputs":', '"steps":[]'],
    ...[
      '"__proto__"',
      '"constructor"',
      '\\"classes\\":[]',
      '\\"outputs\\":2',
      '99999999999',
      '4294967296',
      '{"a":'.repeat(40),
    ],
    ...['"linear"', '"mlp"', '"softmax"', '"logistic"', '"tracked"', '"output"', '"relu"', '\u2028', Buffer.from([0xff])],
    ...[Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]), Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0x7f])],
  ),
  async check(bytes) {
    writeFileSync(file, bytes);
    const loaded = await accepted(() => Model.load(file), /^(INVALID_MODEL|UNREADABLE_FILE|INVALID_DATA)$/);
    if (loaded === null) return false;
    expect(loaded.spec.parameters.every(Number.isFinite)).toBe(true);
    expect(loaded.spec.parameters.length).toBe(loaded.layout.size);
    await loaded.save(again);
    const same = await Model.load(again);
    expect(same.spec).toEqual(loaded.spec);
    expect(same.training).toEqual(loaded.training);
    if (loaded.inputs > 1000) return true;
    const row = {
      values: Float64Array.from({ length: loaded.inputs }, (_, j) => Math.cos(j)),
      rows: 1,
      columns: loaded.inputs,
    };
    const outputs = await accepted(() => loaded.outputs(row, backend), /^(INVALID_DATA|OUT_OF_MEMORY)$/);
    if (outputs === null) return true;
    expect(outputs.length).toBe(loaded.spec.task.outputs);
    expect(await same.outputs(row, backend)).toEqual(outputs);
    if (outputs.every(Number.isFinite)) expect(await loaded.predict(row, backend)).toHaveLength(1);
    return true;
  },
};
