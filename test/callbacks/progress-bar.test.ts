import { describe, expect, it, vi } from 'vitest';
import { barText } from '../../lib/callbacks/progress-bar.js';
import { ProgressBar } from '../../lib/callbacks/index.js';
import { Recorder } from '../cli/support.js';
import { recordWith } from './record.js';

const at = (iteration: number) =>
  recordWith({ iteration, objective: 0.5, seconds: 2, products: { multiply: 3, multiplyTransposed: 2, gram: 0 } });

describe('the text', () => {
  it('fills with the iterations and foresees the end', async () => {
    expect(barText(await at(5), 20)).toBe(
      '5/20 [#####---------------] objective 0.500000, 5 products, 2.0 s, at most 6.0 s left',
    );
    expect(barText(await at(0), 20)).toBe('0/20 [--------------------] objective 0.500000, 5 products, 2.0 s');
    expect(barText(await at(40), 20)).toContain('[####################]');
  });

  it('has no bar without a total, and the loss of validation rows where there is one', async () => {
    expect(barText({ ...(await at(3)), validation: { loss: 0.25 } }, undefined)).toBe(
      '3 objective 0.500000, validation 0.25000, 5 products, 2.0 s',
    );
  });
});

describe('the line', () => {
  it('is there on a terminal, and gone at the end', async () => {
    vi.stubEnv('CI', '');
    const stream = new Recorder(true);
    const bar = ProgressBar({ stream, total: 10 });
    await bar(await at(1), {} as never);
    expect(stream.text).toContain('1/10 [##');
    await bar.end?.();
    expect(stream.text.endsWith('\u001b[1G\u001b[2K') || stream.text.endsWith('\u001b[2K')).toBe(true);
    vi.unstubAllEnvs();
  });

  it.each([
    ['no terminal', false, ''],
    ['continuous integration', true, '1'],
  ])('is silent: %s', async (_, tty, ci) => {
    vi.stubEnv('CI', ci);
    const stream = new Recorder(tty);
    const bar = ProgressBar({ stream });
    await bar(await at(1), {} as never);
    expect(stream.text).toBe('');
    vi.unstubAllEnvs();
  });
});
