/** `planesearch convert DATA --out X.npy`: a data file as NPY, which `--out-of-core` reads where it lies. */
import { PlanesearchError } from '../core/errors.js';
import { convertTable, readSchemaFile } from '../data/index.js';
import { fileArguments, readingOptions } from './data-options.js';
import { exitCodes, tell, type Io } from './io.js';
import type { ConvertArguments } from './options.js';
import { aligned } from './output.js';
import { checkOutputs } from './output-file.js';

export async function convertCommand(path: string, args: ConvertArguments, io: Io): Promise<number> {
  const { out, labelsOut, type = 'float64', labels, target, task, json, quiet } = args;
  if (out === undefined)
    throw new PlanesearchError('INVALID_OPTION', '--out must name the NPY file to write, but there was none.');
  await checkOutputs({ '--out': out, '--labels-out': labelsOut }, [path, labels, args.schema]);
  const schema = args.schema === undefined ? undefined : (await readSchemaFile(args.schema)).schema;
  const converted = await convertTable(path, {
    ...readingOptions(schema ? fileArguments(args) : args),
    out,
    labelsOut,
    type,
    schema,
    labels,
    target,
    task,
    signal: io.signal,
  });
  const { rows, columns, notices } = converted;
  if (json) io.stdout.write(`${JSON.stringify({ rows, columns, type, labels: converted.labels, notices })}\n`);
  else {
    if (!quiet) tell(io, notices);
    const written = [out, `${rows} x ${columns} ${type}`];
    const classes = converted.labels?.names;
    const kind = classes ? `${rows} labels of ${classes.length} names` : `${rows} targets`;
    io.stdout.write(
      aligned([['X', written.join(': ')], ...(labelsOut ? [['targets', `${labelsOut}: ${kind}`] as const] : [])]),
    );
  }
  return exitCodes.success;
}
