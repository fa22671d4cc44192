import { expect, it } from 'vitest';
import { progress, StatusLine } from '../../lib/callbacks/index.js';
import { Recorder } from '../cli/support.js';
import { recordWith } from './record.js';

const record = await recordWith({ objective: 1 / 3, gradientNorm: 0.00123456, seconds: 12.34 });

it('shows the first iteration at once on a terminal, and not every one after it', () => {
  const stream = new Recorder(true);
  const callback = progress(new StatusLine(stream));
  for (let k = 0; k < 1000; k++) void callback({ ...record, iteration: k }, {} as never);
  const shown = stream.text.match(/iteration \d+ on 3 rows: objective 0\.33333333, gradient norm 1\.23e-3, 12\.3 s/g)!;
  expect(shown[0]).toMatch(/^iteration 0 on 3 rows:/);
  expect(shown.length).toBeLessThan(1000);
});

it('tells the penalties that are tried before the run', () => {
  const stream = new Recorder(true);
  const line = new StatusLine(stream);
  progress(line).penalty!({ l2: 1 / 3, loss: 0.678, standardError: 0.01 });
  expect(stream.text).toContain('choosing the penalty: with l2 0.3333 rows left out lose 0.67800');
  line.clear();
  progress(line).penalty!({ l1: 0.25, l2: 0, loss: 2, standardError: 0.01 });
  expect(stream.text).toContain('with l1 0.2500 and l2 0.000 rows left out lose 2.0000');
});
