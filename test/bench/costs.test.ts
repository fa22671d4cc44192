import { describe, expect, it } from 'vitest';
import { nativeAbsence } from '../support/backends.js';
import { wasmAbsence } from '../support/compiled.js';
import { runBench } from './support.js';

interface Times {
  readonly direction: string;
  readonly rule: string;
  readonly seconds: number;
  readonly overFixed: number;
  readonly innerEvaluations: number;
}

// Times are not judged here: a test machine has other things to do. What is judged is that the numbers belong together.
describe('the benches of costs', { timeout: 120_000 }, () => {
  it('iteration compares five step rules with two bare products', async () => {
    const { times, contract, peaks } = await runBench<{
      times: Times[];
      contract: { direction: string; layerwiseOverFixed: number }[];
      peaks: { rule: string; bytes: number | null }[];
    }>('iteration', '--quick');
    const rules = ['two products', 'fixed', 'backtracking', 'line', 'plane', 'layerwise'];
    const pairs = ['gradient', 'lbfgs'].flatMap((direction) => rules.map((rule) => [direction, rule]));
    expect(times.map(({ direction, rule }) => [direction, rule])).toEqual(pairs);
    for (const { direction, rule, seconds, overFixed, innerEvaluations } of times) {
      expect(seconds).toBeGreaterThan(0);
      if (rule === 'fixed') expect([overFixed, innerEvaluations]).toEqual([1, 1]);
      // The unit step of L-BFGS may be as good as what the search would find.
      if (rule === 'layerwise') expect(innerEvaluations).toBeGreaterThanOrEqual(direction === 'gradient' ? 2 : 1);
    }
    expect(contract.map(({ direction }) => direction)).toEqual(['gradient', 'lbfgs']);
    expect(peaks.map(({ rule }) => rule)).toEqual(['fixed', 'layerwise']);
    for (const { bytes } of peaks) if (bytes !== null) expect(bytes).toBeGreaterThan(0);
  });

  it('products gives seconds and GFLOP/s that agree', async () => {
    const { results } = await runBench<{
      results: { rows: number; columns: number; width: number; multiply: number; multiplyGflops: number }[];
    }>('products', '--quick', '--widths', '1,7');
    expect(results.map(({ rows, columns, width }) => [rows, columns, width])).toEqual([
      [200, 20, 1],
      [200, 20, 7],
      [50, 70, 1],
      [50, 70, 7],
    ]);
    for (const { rows, columns, width, multiply, multiplyGflops } of results) {
      expect((multiplyGflops * 1e9 * multiply) / (2 * rows * columns * width)).toBeCloseTo(1, 10);
    }
  });

  it('small measures fits and predictions of a few rows', async () => {
    const { trainings, predictions } = await runBench<{
      trainings: { wall: number; best: number; processor: number; iterations: number; stop: string }[];
      predictions: { model: string; rows: number; predict: number; outputs: number; float32: number }[];
    }>('small', '--quick');
    expect(trainings).toHaveLength(1);
    for (const { wall, best, processor, iterations, stop } of trainings) {
      expect(wall).toBeGreaterThanOrEqual(best);
      expect(Math.min(best, processor, iterations)).toBeGreaterThan(0);
      expect(stop).toBe('gradient');
    }
    expect(predictions.map(({ model, rows }) => `${model}, ${rows}`)).toEqual(
      ['linear 14-1', 'linear 784-10', 'mlp 784-100-10', 'mlp 784-100-10, drawn'].flatMap((model) => [
        `${model}, 1`,
        `${model}, 16`,
      ]),
    );
    for (const { predict, outputs, float32 } of predictions) expect(Math.min(predict, outputs, float32)).toBeGreaterThan(0);
  });

  it.skipIf(nativeAbsence !== null)('native-vs-javascript measures all on the same shapes', async () => {
    type Seconds = Record<'multiply' | 'multiplyTransposed' | 'fixed' | 'layerwise', number>;
    interface Comparison {
      readonly results: readonly {
        readonly threads: number;
        readonly native: Seconds;
        readonly javascript: Seconds;
        readonly ratios: Seconds;
        readonly wasm: Seconds | null;
        readonly wasmRatios: { readonly overJavascript: Seconds; readonly underNative: Seconds } | null;
      }[];
    }
    const { results } = await runBench<Comparison>('native-vs-javascript', '--quick');
    expect(results.map(({ threads }) => threads)).toEqual([1, 2, 1, 2]);
    for (const { native, javascript, ratios, wasm, wasmRatios } of results) {
      expect(wasm !== null).toBe(wasmAbsence === null);
      for (const work of ['multiply', 'multiplyTransposed', 'fixed', 'layerwise'] as const) {
        expect(ratios[work]).toBeCloseTo(javascript[work] / native[work], 8);
        if (wasm) expect(wasmRatios!.overJavascript[work]).toBeCloseTo(javascript[work] / wasm[work], 8);
      }
    }
  });
});
