/** `planesearch cross-validate DATA`: how well a model will fit rows that it has not seen. */
import { crossValidate } from '../selection/cross-validate.js';
import { metricsObject, shown, table } from './evaluation-text.js';
import { exitCodes, type Io } from './io.js';
import type { CrossValidateArguments } from './arguments.js';
import { prepareRun } from './selection-run.js';

export async function crossValidateCommand(path: string, args: CrossValidateArguments, io: Io): Promise<number> {
  const { data, estimator, choice, notices, done } = await prepareRun(path, args, io);
  const { folds, mean, standardError } = await crossValidate(estimator, data, choice).finally(done);
  if (args.json) {
    const each = folds.map(({ metrics, ...fold }) => ({ ...fold, metrics: metricsObject(metrics) }));
    const all = {
      n: data.x.rows,
      folds: each,
      mean: metricsObject(mean),
      standardError: metricsObject(standardError),
      notices,
    };
    io.stdout.write(`${JSON.stringify(all)}\n`);
    return exitCodes.success;
  }
  const rows = Object.entries(mean).map(([name, value]) => [
    name,
    shown(value),
    shown(standardError[name as keyof typeof mean]!),
    ...folds.map(({ metrics }) => shown(metrics[name as keyof typeof mean] ?? NaN)),
  ]);
  const header = ['metric', 'mean', 'standard error', ...folds.map((_, fold) => `fold ${fold + 1}`)];
  io.stdout.write(table([header, ...rows]));
  return exitCodes.success;
}
