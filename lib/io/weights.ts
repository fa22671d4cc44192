/** Weights of other programs as the start of a training, from a safetensors file. */
import { requireBoolean } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { ParameterLayout } from '../core/parameters.js';
import { MODEL_BYTE_LIMIT, readTensorFile } from './model-file.js';
import { refusal, takeTensors, type TensorFileKind } from './safetensors.js';

export interface WeightsOptions {
  /** Names in the file by the names of our blocks, `{ 'hidden.weight': 'fc1.weight' }`; default: the same names. */
  readonly names?: Readonly<Record<string, string>>;
  /** Whether the weights lie as outputs x inputs, as PyTorch's do; default false: inputs x outputs. */
  readonly transposed?: boolean;
}

const WEIGHTS_FILE: TensorFileKind = { what: 'a file of these weights', code: 'INVALID_MODEL', types: ['F64', 'F32'] };

/**
 * Parameters in the order of `layout`, for the option `start` of `train`, from tensors of float64 or float32.
 *
 * @param layout `programOf(network.architecture(inputs, outputs)).layout`, or `model.layout`
 * @throws PlanesearchError INVALID_MODEL for a tensor too few, too many, of another shape or with numbers that are not finite;
 *   FILE_NOT_FOUND, UNREADABLE_FILE
 */
export async function readWeights(
  path: string,
  layout: ParameterLayout,
  options: WeightsOptions = {},
): Promise<Float64Array> {
  refuseUnknown(options, ['names', 'transposed'], { what: 'The options of readWeights' });
  const { names = {}, transposed = false } = options;
  requireBoolean('transposed', transposed);
  const { blocks, size } = layout;
  refuseUnknown(
    names,
    blocks.map(({ name }) => name),
    { what: 'The names of readWeights', noun: 'block of these parameters' },
  );
  const { tensors } = await readTensorFile(path, MODEL_BYTE_LIMIT, WEIGHTS_FILE);
  const wanted = blocks.map(({ name, rows, columns, penalized }) => ({
    name: names[name] ?? name,
    shape: !penalized ? [columns] : transposed ? [columns, rows] : [rows, columns],
  }));
  const found = takeTensors(tensors, wanted, refusal(path, WEIGHTS_FILE));
  const parameters = new Float64Array(size);
  blocks.forEach(({ offset, rows, columns, penalized }, b) => {
    const values = found[b]!;
    if (!penalized || !transposed) parameters.set(values, offset);
    else
      for (let e = 0; e < values.length; e++) parameters[offset + (e % rows) * columns + Math.floor(e / rows)] = values[e]!;
  });
  return parameters;
}
