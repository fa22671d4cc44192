import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { jsonl, traceLine } from '../../lib/callbacks/jsonl.js';
import { recordWith } from './record.js';

const record = await recordWith({
  iteration: 3,
  objective: 0.25,
  gradientNorm: 1e-3,
  steps: { output: { lbfgs: 1, 'memory-1': -0.5 } },
  layerNorms: { output: 2 },
  innerEvaluations: 2,
  products: { multiply: 2, multiplyTransposed: 2, gram: 0 },
  seconds: 0.125,
  status: 'step',
});

it('a line has exactly the keys of a trace, in their order', () => {
  expect(traceLine(record)).toBe(
    '{"iteration":3,"rows":3,"objective":0.25,"gradientNorm":0.001,"steps":{"output":{"lbfgs":1,"memory-1":-0.5}},' +
      '"layerNorms":{"output":2},"innerEvaluations":2,"products":{"multiply":2,"multiplyTransposed":2,"gram":0},"seconds":0.125,"status":"step"}\n',
  );
  expect(JSON.parse(traceLine({ ...record, drift: 1e-16 }))).toHaveProperty('drift', 1e-16);
});

it('waits for a stream that is full', async () => {
  const pending: (() => void)[] = [];
  const slow = new Writable({ highWaterMark: 1, write: (_piece, _encoding, done) => void pending.push(done) });
  let ready = false;
  const written = Promise.resolve(jsonl(slow)(record)).then(() => {
    ready = true;
  });
  await new Promise(setImmediate);
  expect(ready).toBe(false);
  pending[0]!();
  await written;
});

it('ends the run with one sentence when the stream fails', async () => {
  const full = new Writable({ write: (_piece, _encoding, done) => done(new Error('no space left on device')) });
  const callback = jsonl(full);
  const writeTwice = async (): Promise<void> => {
    await callback(record);
    await new Promise(setImmediate);
    await callback(record);
  };
  await expect(writeTwice()).rejects.toMatchObject({
    code: 'UNWRITABLE_FILE',
    message: 'The trace could not be written: no space left on device.',
  });
});
