/** `planesearch convert DATA --out X.npy`: a data file as NPY or (`X.npz`) sparse NPZ, which `--out-of-core` reads where it lies. */
import { PlanesearchError, reject } from '../core/errors.js';
import { convertTable, readSchemaFile, type DataSchema } from '../data/index.js';
import { columnOptions, readingOptions } from './data-options.js';
import { exitCodes, tell, type Io } from './io.js';
import type { ConvertArguments } from './arguments.js';
import { aligned } from './output.js';
import { checkOutputs } from './output-file.js';

export async function convertCommand(path: string, args: ConvertArguments, io: Io): Promise<number> {
  const { out, labelsOut, type = 'float64', labels, target, task, json, quiet } = args;
  if (out === undefined) reject('INVALID_OPTION', '--out', 'the path of a file', out);
  await checkOutputs({ '--out': out, '--labels-out': labelsOut }, [path, labels, args.schema]);
  const schema = await schemaOf(args);
  const to = { out, labelsOut, type, signal: io.signal };
  const converted = await convertTable(path, { ...readingOptions(args), labels, target, task, schema, ...to });
  const { rows, columns, notices } = converted;
  if (json) {
    io.stdout.write(`${JSON.stringify({ rows, columns, type, labels: converted.labels, notices })}\n`);
    return exitCodes.success;
  }
  if (!quiet) tell(io, notices);
  const names = converted.labels?.names;
  const targets = names ? `${rows} labels of ${names.length} names` : `${rows} targets`;
  const lines: [string, string][] = [['X', `${out}: ${rows} x ${columns} ${type}`]];
  if (labelsOut !== undefined) lines.push(['targets', `${labelsOut}: ${targets}`]);
  io.stdout.write(aligned(lines));
  return exitCodes.success;
}

async function schemaOf(args: ConvertArguments): Promise<DataSchema | undefined> {
  if (args.schema === undefined) return undefined;
  const settled = columnOptions.find((option) => args[option.attributeName() as keyof ConvertArguments] !== undefined);
  if (settled) {
    const sentence = `${settled.long} must not come with --schema, which settles the columns, but it was given.`;
    throw new PlanesearchError('INVALID_OPTION', sentence);
  }
  return (await readSchemaFile(args.schema)).schema;
}
