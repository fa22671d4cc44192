/** Weights of other programs as the start of a training, from a safetensors, NPZ or NPY file. */
import { requireBoolean } from '../core/errors.js';
import { refuseUnknown } from '../core/option-names.js';
import type { ParameterLayout } from '../core/parameters.js';
import { formatOfBytes } from '../data/format.js';
import { readStart } from '../data/read-file.js';
import { decodeModel, type Model } from './model.js';
import { MODEL_BYTE_LIMIT, readTensorFile } from './model-file.js';
import { readNumpyTensors } from './numpy-weights.js';
import { refusal, takeTensors, type Tensor, type TensorFile, type TensorFileKind } from './safetensors.js';

export interface WeightsOptions {
  /** Names in the file by the names of our blocks, `{ 'hidden.weight': 'fc1.weight' }`; default: the same names. */
  readonly names?: Readonly<Record<string, string>>;
  /** Whether the weights lie as outputs x inputs, as PyTorch's do; default false: inputs x outputs. */
  readonly transposed?: boolean;
}

const WEIGHTS_FILE: TensorFileKind = { what: 'a file of these weights', code: 'INVALID_MODEL', types: ['F64', 'F32'] };

/**
 * Parameters in the order of `layout`, for the option `start` of `train`: the tensors of a safetensors or NPZ file, one for each block; or
 * an NPY file with the vector of all parameters, or with the weights of a network of one layer, whose bias then is 0.
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
  refuseUnknown(
    names,
    layout.blocks.map(({ name }) => name),
    { what: 'The names of readWeights', noun: 'block of these parameters' },
  );
  return parametersOf((await readTensors(path, layout)).tensors, path, layout, names, transposed);
}

/** What the option `start` of `train` names: a model of ours, which knows more than its numbers, or weights as {@link readWeights} takes them. */
export async function readStartFile(path: string, layout: ParameterLayout): Promise<Model | Float64Array> {
  const file = await readTensors(path, layout);
  return file.metadata['planesearch'] === undefined
    ? parametersOf(file.tensors, path, layout, {}, false)
    : decodeModel(file, path);
}

async function readTensors(path: string, layout: ParameterLayout): Promise<TensorFile> {
  const format = formatOfBytes(await readStart(path, 8));
  if (format !== 'npy' && format !== 'npz') return readTensorFile(path, MODEL_BYTE_LIMIT, WEIGHTS_FILE);
  return { metadata: {}, tensors: await readNumpyTensors(path, format, layout, refusal(path, WEIGHTS_FILE)) };
}

function parametersOf(
  tensors: readonly Tensor[],
  path: string,
  { blocks, size }: ParameterLayout,
  names: Readonly<Record<string, string>>,
  transposed: boolean,
): Float64Array {
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
