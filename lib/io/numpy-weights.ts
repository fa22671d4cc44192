/** Weights from NumPy's arrays: an NPZ file has one array for each block, an NPY file all parameters, or the weights of a single layer. */
import { paced } from '../core/pace.js';
import type { ParameterLayout } from '../core/parameters.js';
import { DEFAULT_LIMITS } from '../data/limits.js';
import { fillSteps } from '../data/given/rows.js';
import { shaped } from '../data/given/strided.js';
import { readNpy, type NpyArray } from '../data/numpy/npy.js';
import { readNpz } from '../data/numpy/npz.js';
import { nameOf, readChunks } from '../data/read-file.js';
import type { Tensor } from './safetensors.js';

/** @throws PlanesearchError INVALID_MODEL through `refuse`, and as the readers of both formats do */
export async function readNumpyTensors(
  path: string,
  format: 'npy' | 'npz',
  layout: ParameterLayout,
  refuse: (problem: string) => never,
): Promise<Tensor[]> {
  if (format === 'npy') {
    const array = await readNpy(readChunks(path), nameOf(path), DEFAULT_LIMITS);
    return blocksOf(array.shape, await valuesOf(array, refuse), layout, refuse);
  }
  const arrays = await readNpz(path, (names) => names, DEFAULT_LIMITS);
  const tensors: Tensor[] = [];
  for (const [name, array] of Object.entries(arrays))
    tensors.push({ name, shape: array.shape, values: await valuesOf(array, refuse) });
  return tensors;
}

/** A vector of all parameters, block after block; or the weights of the only layer, whose bias then begins at 0. */
function blocksOf(
  shape: readonly number[],
  values: Float64Array,
  { blocks, size }: ParameterLayout,
  refuse: (problem: string) => never,
): Tensor[] {
  if (shape.length === 1 && values.length === size)
    return blocks.map(({ name, rows, columns, offset, size: length, penalized }) => {
      return { name, shape: penalized ? [rows, columns] : [columns], values: values.slice(offset, offset + length) };
    });
  const [weight, bias, ...others] = blocks;
  if (others.length > 0 || values.length !== weight!.size) {
    const matrix = others.length === 0 ? `${weight!.rows} x ${weight!.columns} weights, or ` : '';
    return refuse(`it must hold ${matrix}a vector of all ${size} parameters, but its shape is ${shape.join(' x ')}`);
  }
  return [
    { name: weight!.name, shape: shape.length === 1 ? [weight!.rows, weight!.columns] : shape, values },
    { name: bias!.name, shape: [bias!.columns], values: new Float64Array(bias!.size) },
  ];
}

/** Row by row, whatever the order in the file. */
async function valuesOf({ values, shape, fortran }: NpyArray, refuse: (problem: string) => never): Promise<Float64Array> {
  if (Array.isArray(values)) return refuse('it must hold numbers, but it holds text');
  if (!fortran || shape.length < 2) return Float64Array.from(values);
  const stride = shape.map((_, k) => shape.slice(0, k).reduce((product, side) => product * side, 1));
  const form = shaped({ data: values, shape, stride });
  const data = 'copyRow' in form ? await paced(fillSteps(form)) : form;
  return Float64Array.from((data as { values: ArrayLike<number> }).values);
}
