/** Checkpoints have checksums over numbers and words: what is taken is one of those that were written, to the last bit. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { readCheckpoint } from '../../../lib/checkpoint/checkpoint-file.js';
import { train, type TrainOptions } from '../../../lib/train.js';
import { JSON_PIECES, accepted, caseFile, pieces, type Target } from '../target.js';

const file = caseFile('checkpoint', 'checkpoint.safetensors');
const folder = path.dirname(file);
const [rows, columns] = [10, 2];
const x = { values: Float64Array.from({ length: rows * columns }, (_, e) => Math.sin(e * e)), rows, columns };
const y = Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? 'a' : 'b'));

const written: unknown[] = [];
async function kept(options: TrainOptions): Promise<Buffer> {
  rmSync(file, { force: true });
  await train({ x, y }, { ...options, backend: 'javascript', maxIterations: 2, checkpoint: { folder, everyIterations: 1 } });
  written.push(await readCheckpoint(folder));
  return readFileSync(file);
}

export const checkpoint: Target = {
  seeds: [
    await kept({ direction: 'gradient', steps: 'plane' }),
    await kept({ direction: 'lbfgs', network: 'mlp', hidden: [2] }),
    await kept({ direction: 'adam', steps: 'line' }),
  ],
  pieces: pieces(
    ...[...JSON_PIECES, '"F32"', '"crc32":"0"', '\\"$\\"', '\\"formatVersion\\":1'],
    ...['"__proto__"', '"planesearch-checkpoint"', '99999999999', '4294967296', '{"a":'.repeat(40), Buffer.from([0xff])],
    ...[Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0])],
  ),
  async check(bytes) {
    writeFileSync(file, bytes);
    const found = await accepted(() => readCheckpoint(folder), /^(INVALID_CHECKPOINT|UNREADABLE_FILE)$/);
    if (found === null) return false;
    expect(written).toContainEqual(found);
    return true;
  },
};
