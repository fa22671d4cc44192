import { describe, expect, it, vi } from 'vitest';
import { barText } from '../../lib/callbacks/progress-bar.js';
import { ProgressBar } from '../../lib/callbacks/index.js';
import { Recorder } from '../cli/support.js';
import { recordWith } from './record.js';

const at = (iteration: number) =>
  recordWith({
    iteration,
    objective: 0.5,
    seconds: 2,
    rows: 300,
    products: { multiply: 3, multiplyTransposed: 2, gram: 0 },
    steps: { hidden: { gradient: 0.25, 'memory-1': 3 }, output: { gradient: 0.25, 'memory-1': 4 } },
  });

describe('the text', () => {
  it('fills with the iterations and foresees the end', async () => {
    expect(barText(await at(5), 20, 200)).toBe(
      '5/20 [##--------] objective 0.50000, 6.0 s left at most, 5 products, rate 0.25, 300 rows, 2.0 s',
    );
    expect(barText({ ...(await at(0)), steps: {} }, 20, 200)).toBe(
      '0/20 [----------] objective 0.50000, 5 products, 300 rows, 2.0 s',
    );
    expect(barText(await at(40), 20, 200)).toContain('[##########]');
    expect(barText(await at(40), 20, 200)).toContain(' 0.0 s left');
  });

  it('has no bar without a total, the loss of validation rows where there is one, and the rate of every layer where they differ', async () => {
    const steps = { hidden: { lbfgs: 0.5 }, output: { lbfgs: 2, 'memory-1': 9 } };
    expect(barText({ ...(await at(3)), validation: { loss: 0.25 }, steps }, undefined, 200)).toBe(
      '3 objective 0.50000, validation 0.2500, 5 products, rate 0.50 2.0, 300 rows, 2.0 s',
    );
  });

  it('ends with a whole part, however narrow the terminal is', async () => {
    const record = await at(5);
    const whole = barText(record, 20, 1000);
    for (let width = whole.indexOf(','); width <= whole.length; width++) {
      const text = barText(record, 20, width);
      expect(text.length).toBeLessThanOrEqual(width);
      for (const part of text.split(', ')) expect(whole.split(', ')).toContain(part);
    }
  });
});

describe('the line', () => {
  it('is there on a terminal, and gone at the end', async () => {
    vi.stubEnv('CI', '');
    const stream = new Recorder(true);
    const bar = ProgressBar({ stream, total: 10 });
    await bar(await at(1), {} as never);
    expect(stream.text).toContain('1/10 [#---');
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
