/** `planesearch evaluate MODEL DATA`: how well a model fits labelled data. */
import { selectBackend } from '../backends/index.js';
import { describe, PlanesearchError } from '../core/errors.js';
import { guessFormat, limitsFrom, loadTable, type DataSchema, type LoadedTable } from '../data/index.js';
import { Model } from '../io/model.js';
import { evaluation } from '../metrics/evaluation.js';
import { readingOptions } from './data-options.js';
import { evaluationObject, evaluationText } from './evaluation-text.js';
import { exitCodes, tell, type Io } from './io.js';
import { openOutOfCore } from './out-of-core.js';
import type { EvaluateArguments } from './options.js';
import { aligned, scoresObject, scoresText } from './output.js';
import { requireLabels } from './train.js';

export async function evaluateCommand(modelPath: string, path: string, args: EvaluateArguments, io: Io): Promise<number> {
  const { target, json, quiet } = args;
  const { backend, notice } = selectBackend(args.backend, args.threads);
  const model = await Model.load(modelPath);
  const { schema } = model.spec;
  if (target !== undefined) refuseKnownTarget(target, schema);
  const table = args.outOfCore
    ? await openOutOfCore(path, {
        ...args,
        schema: schema ?? { format: 'array', columns: model.inputs, target: null },
        needsTarget: true,
      })
    : await tableOf(path, args, model);
  if (notice && !quiet) io.stderr.write(`planesearch: ${notice}\n`);
  if (!json && !quiet) tell(io, table.notices);
  const report = await evaluation(model, table.data, table.target!, { backend });
  const { loss, accuracy, r2 } = report.metrics;
  const scores = { loss: loss!, ...(accuracy === undefined ? { r2: r2! } : { accuracy }) };
  io.signal.throwIfAborted();
  const n = table.data.rows;
  if (json)
    io.stdout.write(
      `${JSON.stringify({ n, ...scoresObject(scores), ...evaluationObject(report), notices: table.notices })}\n`,
    );
  else
    io.stdout.write(
      aligned([
        ['data', `${n} rows`],
        ['fit', scoresText(scores)],
      ]) + evaluationText(report),
    );
  return exitCodes.success;
}

async function tableOf(path: string, args: EvaluateArguments, model: Model): Promise<LoadedTable> {
  const { labels, target } = args;
  const format = args.format ?? (await guessFormat(path, limitsFrom(args.limits)));
  if (format === 'idx') requireLabels('--labels', labels, path);
  const { schema } = model.spec;
  return loadTable(path, {
    ...readingOptions(args),
    format,
    labels,
    target,
    schema,
    columns: model.inputs,
    needsTarget: true,
  });
}

function refuseKnownTarget(target: string, schema: DataSchema | undefined): void {
  if (schema?.format !== 'csv' || !schema.target) return;
  const reason = `the model knows its target column ${describe(schema.target.name)}`;
  throw new PlanesearchError(
    'INCOMPATIBLE',
    `--target must not be given, because ${reason}, but ${describe(target)} was given.`,
  );
}
