import { describe, expect, it } from 'vitest';
import { cellsOf, numberIn, rowOf, runExample } from './support.js';

// Where there is no native build the javascript backend runs them, which takes longer.
describe('examples', { timeout: 120_000 }, () => {
  it('quick-start trains, saves, loads and predicts', async () => {
    const output = await runExample('quick-start');
    expect(numberIn(output, /accuracy ([\d.]+) %/)).toBeGreaterThan(97);
    expect(output).toContain('(0, 1) and (1, -0.5) belong to: upper, lower');
  });

  it('plane-search shows the same products with X for every rule, and the searches ahead of every fixed rate', async () => {
    const output = await runExample('plane-search');
    const fixed = ['0.01', '0.1', '1'].map((rate) => rowOf(output, `fixed rate ${rate}`));
    const searches = ['plane: rate and momentum', 'layerwise: both for every layer'].map((name) => rowOf(output, name));
    const others = ['backtracking', 'line: the best rate'].map((name) => rowOf(output, name));
    for (const row of [...fixed, ...searches, ...others]) expect(row[4]).toBe('62');
    const best = Math.min(...fixed.map((row) => Number(row[3])));
    for (const row of searches) expect(Number(row[3])).toBeLessThan(best);
  });

  it('layerwise-rates shows rates that differ between the layers, and an objective that never rises', async () => {
    const rows = cellsOf(await runExample('layerwise-rates')).filter(([first]) => /^\d+$/.test(first ?? ''));
    expect(rows).toHaveLength(21);
    const objectives = rows.map((row) => Number(row[1]));
    objectives.slice(1).forEach((objective, k) => expect(objective).toBeLessThanOrEqual(objectives[k]!));
    for (const row of rows.slice(2)) expect(row[2]).not.toBe(row[3]);
  });

  it('custom-direction reaches the optimum with fewer products than the gradient', async () => {
    const output = await runExample('custom-direction');
    const objectiveOf = (name: string): number => numberIn(output, new RegExp(`^${name} +objective ([\\d.]+)`, 'm'));
    const productsOf = (name: string): number => numberIn(output, new RegExp(`^${name} .* (\\d+) products`, 'm'));
    expect(Math.abs(objectiveOf('scaled') - objectiveOf('gradient'))).toBeLessThan(1e-5);
    expect(productsOf('scaled')).toBeLessThan(productsOf('gradient'));
  });

  it('custom-step-rule asks for many values of phi at no product with X', async () => {
    const output = await runExample('custom-step-rule');
    const [, objective, evaluations, products] = rowOf(output, 'grid');
    expect(Number(evaluations)).toBeGreaterThanOrEqual(7 * 40);
    expect(Number(products)).toBe(2 * 40 + 2);
    expect(Number(objective)).toBeLessThan(Math.log(10) / 2);
  });

  it('abort ends a run in three ways and has a model every time', async () => {
    const lines = (await runExample('abort')).trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['aborted', 'callback', 'time']);
    for (const line of lines) expect(line).toMatch(/objective \d+\.\d+, accuracy \d+\.\d %/);
  });

  it('server answers requests as the model does, and tells how long they take', async () => {
    const output = await runExample('server');
    expect(numberIn(output, /accuracy ([\d.]+) %/)).toBeGreaterThan(95);
    expect(numberIn(output, /600 requests, ([\d.]+) % right/)).toBeGreaterThan(90);
    expect(numberIn(output, /([\d.]+) ms at the median/)).toBeGreaterThan(0);
    expect(numberIn(output, /a prediction takes ([\d.]+) us/)).toBeGreaterThan(0);
  });

  it('embeddings is ahead of neighbors and of rates that are not the right one', async () => {
    const output = await runExample('embeddings');
    const accuracyOf = (name: string): number => Number.parseFloat(rowOf(output, name)[2]!);
    const ours = accuracyOf('planesearch');
    expect(ours).toBeGreaterThan(88);
    expect(ours).toBeGreaterThan(accuracyOf('10 nearest neighbors') + 10);
    for (const rate of [1, 100]) expect(ours).toBeGreaterThan(accuracyOf(`30 epochs by hand, rate ${rate}`) + 10);
    expect(numberIn(output, /log loss ([\d.]+)/)).toBeLessThan(0.4);
    expect(output).toContain('topics.onnx');
  });

  it('csv-file learns from a categorical column and reads further files the same way', async () => {
    const output = await runExample('csv-file');
    expect(output).toContain('columns of X: size, age, town=harbor, town=hill, north, town=station');
    expect(numberIn(output, /other rows ([\d.]+)/)).toBeGreaterThan(0.9);
    // The rents were made with 250 more at the harbor and 80 less at the station.
    const difference = numberIn(output, /: (\d+) at the harbor/) - numberIn(output, /, (\d+) at the station/);
    expect(Math.abs(difference - 330)).toBeLessThan(30);
  });

  it('churn sees what is missing, names its coefficients and predicts rows as objects', async () => {
    const output = await runExample('churn');
    expect(output).toContain('customerID: ignored, 0 missing\nmonths: numeric, 193 missing\n');
    expect(numberIn(output, /^(\d+) of 4000 left/m)).toBeLessThan(300);
    expect(numberIn(output, /the report has (\d+) bytes/)).toBeGreaterThan(30_000);
    // By what the customers were made of: the longer the surer, and active.
    expect(numberIn(output, /^months +(-?[\d.]+)$/m)).toBeGreaterThan(0);
    expect(numberIn(output, /^active +(-?[\d.]+)$/m)).toBeGreaterThan(0.5);
    expect(numberIn(output, /^plan=basic +(-?[\d.]+)$/m)).toBeLessThan(numberIn(output, /^plan=pro +(-?[\d.]+)$/m));
    expect(numberIn(output, /the new one with ([\d.]+)/)).toBeGreaterThan(2 * numberIn(output, /the old one with ([\d.]+)/));
  });
});
