/** Files of ours in onnxruntime, and before the checker of the onnx project. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import type { MatrixData } from '../../../lib/data/index.js';
import { toOnnx, type OnnxOptions } from '../../../lib/io/onnx/export.js';
import type { Model } from '../../../lib/io/model.js';
import { pythonPackage } from '../../support/python.js';

export interface OnnxOutput {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint | string>;
}

/** Every file that the tests of this process made. */
const made: Uint8Array[] = [];

export function exported(model: Model, options: OnnxOptions): Uint8Array {
  const bytes = toOnnx(model, options);
  made.push(bytes);
  return bytes;
}

const CHECK = `
import json, pathlib, sys, onnx
refused = {}
for file in pathlib.Path(sys.argv[1]).iterdir():
    try:
        onnx.checker.check_model(str(file), full_check=True)
    except Exception as error:
        refused[file.name] = str(error)
print(json.dumps(refused))`;

/** The last test of a file: what the others exported is valid by the onnx project's own checker, types and shapes included. */
export function testWithChecker(): void {
  const onnx = pythonPackage('onnx');
  it.skipIf(onnx === null)(`the checker of onnx ${onnx?.version} takes every file`, () => {
    expect(made.length).toBeGreaterThan(5);
    const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-onnx-'));
    try {
      made.forEach((bytes, at) => writeFileSync(path.join(folder, `${at}.onnx`), bytes));
      expect(onnx!.told(CHECK, folder)).toEqual({});
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** What onnxruntime predicts for dense rows, by the name of the output. */
export async function runOnnx(
  model: Model,
  { values, rows, columns }: MatrixData & { values: Float64Array },
  options: OnnxOptions,
): Promise<Record<string, OnnxOutput>> {
  const session = await InferenceSession.create(exported(model, options), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const features =
    options.precision === 'float64'
      ? new Tensor('float64', values, [rows, columns])
      : new Tensor('float32', Float32Array.from(values), [rows, columns]);
  const outputs = await session.run({ features });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, dims, data }]) => [name, { type, dims, data } as OnnxOutput]),
  );
}
