/** `planesearch search DATA`: which options fit best rows that were not seen; the best model is trained on all rows. */
import { harmless } from '../core/errors.js';
import { search } from '../selection/search.js';
import { metricsObject, shown, table } from './evaluation-text.js';
import { DEFAULT_GRID } from './grid.js';
import { exitCodes, type Io } from './io.js';
import type { SearchArguments } from './arguments.js';
import { checkOutputs, writing } from './output-file.js';
import { prepareRun } from './selection-run.js';

export async function searchCommand(path: string, args: SearchArguments, io: Io): Promise<number> {
  const { out, grid = DEFAULT_GRID, scoring, ...rest } = args;
  await checkOutputs({ '--out': out }, [path, args.labels]);
  const { data, estimator, choice, notices, done } = await prepareRun(path, rest, io);
  const options = { ...choice, scoring, refit: out !== undefined };
  const found = await search(estimator, data, grid, options).finally(done);
  if (out !== undefined) await writing('--out', out, () => found.estimator.save(out));
  const { candidates, best, fits, seconds } = found;
  if (args.json) {
    const each = candidates.map((one) => ({
      ...one,
      score: finite(one.score),
      standardError: finite(one.standardError),
      metrics: metricsObject(one.metrics),
    }));
    io.stdout.write(
      `${JSON.stringify({ n: data.x.rows, scoring: found.scoring, best: best.options, candidates: each, fits, seconds, notices })}\n`,
    );
    return exitCodes.success;
  }
  const names = Object.keys(best.options);
  const header = [...names, found.scoring, 'standard error'];
  const lines = candidates.map(({ options: own, score, standardError }) => [
    ...names.map((name) => valueText(own[name])),
    shown(score),
    shown(standardError),
  ]);
  io.stdout.write(table([header, ...lines]));
  io.stdout.write(`\n${fits} fits in ${seconds.toFixed(2)} s\n${out === undefined ? '' : `written  ${harmless(out)}\n`}`);
  return exitCodes.success;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function valueText(value: unknown): string {
  return Array.isArray(value) ? value.join('x') : String(value);
}
