/** `planesearch evaluate MODEL DATA`: how well a model fits labelled data. */
import { selectBackend } from '../backends/index.js';
import { describe, PlanesearchError } from '../core/errors.js';
import { guessFormat, limitsFrom, loadTable, type DataSchema, type LoadedTable } from '../data/index.js';
import { columnsSchemaOf } from '../data/features.js';
import type { Cluster } from '../distributed/index.js';
import { Model } from '../io/model.js';
import { evaluation } from '../metrics/evaluation.js';
import { readingOptions, type FileArguments } from './data-options.js';
import { evaluationObject, evaluationText } from './evaluation-text.js';
import { exitCodes, tell, type Io } from './io.js';
import { openOutOfCore } from './out-of-core.js';
import { filesOf, overRanks } from './over-ranks.js';
import type { EvaluateArguments } from './arguments.js';
import { aligned, scoresObject, scoresText } from './output.js';
import { requireLabels } from './train.js';

export async function evaluateCommand(modelPath: string, path: string, args: EvaluateArguments, io: Io): Promise<number> {
  if (!args.distributed) return evaluateOn(modelPath, path, args, io, null);
  return overRanks(`${modelPath} ${path}`, args, io, (cluster) => evaluateOn(modelPath, path, args, io, cluster));
}

async function evaluateOn(
  modelPath: string,
  path: string,
  args: EvaluateArguments,
  io: Io,
  cluster: Cluster | null,
): Promise<number> {
  const { json, quiet, target } = args;
  const { backend: own, notice } = selectBackend(args.backend, args.threads);
  const backend = cluster?.backend ?? own;
  const model = await Model.load(modelPath);
  const { schema } = model.spec;
  if (args.outOfCore && target !== undefined) refuseKnownTarget(target, schema);
  const table = args.outOfCore
    ? await openOutOfCore(path, {
        ...args,
        schema: schema ?? { format: 'array', columns: model.inputs, target: null },
        needsTarget: true,
      })
    : await labelledTable(model, path, args, cluster);
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

/** Labelled rows for a model, read as it wants them. */
export async function labelledTable(
  model: Model,
  path: string,
  args: FileArguments & Pick<EvaluateArguments, 'labels' | 'target'>,
  cluster: Cluster | null = null,
): Promise<LoadedTable<true>> {
  const { labels, target } = args;
  const { schema } = model.spec;
  if (target !== undefined) refuseKnownTarget(target, schema);
  const files = (cluster && (await filesOf(path))) ?? [path];
  const format = args.format ?? (await guessFormat(files[0]!, limitsFrom(args.limits)));
  if (format === 'idx') requireLabels('--labels', labels, path);
  const shape = { schema, columns: model.inputs, needsTarget: true } as const;
  const reading = { ...readingOptions(args), format, labels, target, ...shape };
  return cluster ? cluster.load(files.length > 1 ? files : files[0]!, reading) : loadTable(path, reading);
}

function refuseKnownTarget(target: string, schema: DataSchema | undefined): void {
  const known = columnsSchemaOf(schema)?.target;
  if (!known) return;
  const reason = `the model knows its target column ${describe(known.name)}`;
  throw new PlanesearchError(
    'INCOMPATIBLE',
    `--target must not be given, because ${reason}, but ${describe(target)} was given.`,
  );
}
