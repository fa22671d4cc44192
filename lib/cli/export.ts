/** `planesearch export MODEL --format NAME --out FILE`: a model in a form that other programs read. */
import { reject } from '../core/errors.js';
import { saveJson } from '../io/model-json.js';
import { Model } from '../io/model.js';
import { saveOnnx } from '../io/onnx/export.js';
import { exitCodes } from './io.js';
import type { ExportArguments } from './arguments.js';
import { checkOutputs } from './output-file.js';

export async function exportCommand(modelPath: string, args: ExportArguments): Promise<number> {
  const { format, out, precision, labels, inputs } = args;
  if (format === undefined) reject('INVALID_OPTION', '--format', 'one of onnx, json', format);
  if (out === undefined) reject('INVALID_OPTION', '--out', 'the path of a file', out);
  if (format !== 'onnx') {
    if (precision !== undefined) reject('INCOMPATIBLE', '--precision', 'left out, as the format is json', precision);
    if (labels !== undefined) reject('INCOMPATIBLE', '--labels', 'left out, as the format is json', labels);
    if (inputs !== undefined) reject('INCOMPATIBLE', '--inputs', 'left out, as the format is json', inputs);
  }
  await checkOutputs({ '--out': out }, [modelPath]);
  const model = await Model.load(modelPath);
  if (format === 'json') await saveJson(model, out);
  else await saveOnnx(model, out, { ...(precision && { precision }), ...(labels && { labels }), ...(inputs && { inputs }) });
  return exitCodes.success;
}
