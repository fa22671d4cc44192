/** Files of ours in onnxruntime. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { MatrixData } from '../../../lib/data/index.js';
import { toOnnx, type OnnxOptions } from '../../../lib/io/onnx/export.js';
import type { Model } from '../../../lib/io/model.js';

export interface OnnxOutput {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint | string>;
}

/** What onnxruntime predicts for dense rows, by the name of the output. */
export async function runOnnx(
  model: Model,
  { values, rows, columns }: MatrixData & { values: Float64Array },
  options: OnnxOptions,
): Promise<Record<string, OnnxOutput>> {
  const session = await InferenceSession.create(toOnnx(model, options), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const features =
    options.precision === 'float64'
      ? new Tensor('float64', values, [rows, columns])
      : new Tensor('float32', Float32Array.from(values), [rows, columns]);
  const outputs = await session.run({ features });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, dims, data }]) => [name, { type, dims, data } as OnnxOutput]),
  );
}
