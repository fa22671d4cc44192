/** The unit of a target decides nothing where a network learns numbers: powers of 2 in it change no bit. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { onJavascript, trained, workspace } from './support.js';

const work = workspace();

/** Two columns and a number that is not linear in them, in units of 1 / factor. */
function bent(rows: number, seed: number, factor: number): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const [a, b] = [random.normal(), random.normal()];
    return `${a},${b},${factor * Math.fround(3 + a * a - Math.tanh(2 * b) + 0.1 * random.normal())}`;
  });
  return ['a,b,y', ...lines, ''].join('\n');
}

const network = ['--network', 'mlp', '--hidden', '6', '--max-iterations', '30', '--quiet'];
const [large, small] = [2 ** 30, 2 ** -30];
const files = [1, large, small].map((factor, k) => work.write(`bent${k}.csv`, bent(80, 4, factor)));
const tests = [1, large, small].map((factor, k) => work.write(`test${k}.csv`, bent(30, 5, factor)));

async function predictions(model: string, file: string): Promise<number[]> {
  const { stdout } = await onJavascript(['predict', model, file, '--quiet']);
  return stdout.trim().split('\n').map(Number);
}

describe('train --network mlp on numbers', () => {
  it('has the same fit in any unit of the target, and shows it in that unit', async () => {
    const runs = [];
    for (const [k, file] of files.entries()) {
      const trace = work.path(`trace${k}`);
      const model = work.path(`model${k}`);
      const run = await trained(
        file,
        ...network,
        '--test',
        tests[k]!,
        '--validation',
        '0.2',
        '--trace',
        trace,
        '--out',
        model,
      );
      const lines = readFileSync(trace, 'utf8').trim().split('\n');
      runs.push({
        run,
        last: JSON.parse(lines.at(-1)!) as { objective: number; loss: number },
        predicted: await predictions(model, tests[k]!),
      });
    }
    const [one, ...others] = runs;
    expect(one!.run.test!.r2).toBeGreaterThan(0.8);
    for (const [k, { run, last, predicted }] of others.entries()) {
      const factor = [large, small][k]!;
      expect(run.iterations).toBe(one!.run.iterations);
      expect(run.train.r2).toBeCloseTo(one!.run.train.r2!, 12);
      expect(run.test!.r2).toBeCloseTo(one!.run.test!.r2!, 12);
      expect(run.objective / factor ** 2).toBeCloseTo(one!.run.objective, 12);
      expect(run.train.loss / factor ** 2).toBeCloseTo(one!.run.train.loss, 12);
      expect(run.test!.loss / factor ** 2).toBeCloseTo(one!.run.test!.loss, 12);
      expect(last.objective).toBe(run.objective);
      predicted.forEach((value, i) => expect(value / factor).toBeCloseTo(one!.predicted[i]!, 10));
    }
  });

  it('the losses shown are those of the model', async () => {
    const model = work.path('shown');
    const run = await trained(files[1]!, ...network, '--out', model);
    const { stdout } = await onJavascript(['evaluate', model, files[1]!, '--json', '--quiet']);
    const { loss, r2 } = JSON.parse(stdout) as { loss: number; r2: number };
    expect(run.train.loss / loss).toBeCloseTo(1, 9);
    expect(run.train.r2).toBeCloseTo(r2, 12);
  });

  it('goes on from a model in the unit of the target, and says what it was trained on', async () => {
    const model = work.path('start');
    const first = await trained(files[1]!, ...network, '--out', model);
    const { stdout } = await onJavascript(['train', files[1]!, ...network, '--start', model]);
    expect(stdout).toContain('; trained on targets at mean 0 and spread 1');
    const objective = Number(/objective +(\S+)/.exec(stdout)![1]);
    expect(objective).toBeLessThanOrEqual(first.objective * (1 + 1e-8));
    const linear = await onJavascript(['train', files[1]!, '--quiet']);
    expect(linear.stdout).not.toContain('spread 1');
  });

  it('cross-validate judges the same', async () => {
    const mean = async (file: string): Promise<number> => {
      const { stdout } = await onJavascript(['cross-validate', file, ...network, '--folds', '3', '--json']);
      return (JSON.parse(stdout) as { mean: { r2: number } }).mean.r2;
    };
    const r2 = await mean(files[0]!);
    expect(r2).toBeGreaterThan(0.6);
    expect(await mean(files[1]!)).toBeCloseTo(r2, 10);
    expect(await mean(files[2]!)).toBeCloseTo(r2, 10);
  });
});
