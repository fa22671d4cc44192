/** An ONNX graph under construction: operators over named values, constants with their numbers. */
import { endianness } from 'node:os';
import { reject } from '../../core/errors.js';
import type { Precision } from '../../backends/backend.js';
import {
  dataTypes,
  INT_ATTRIBUTE,
  type NodeMessage,
  type TensorMessage,
  type TensorType,
  type ValueMessage,
} from './messages.js';

export class GraphBuilder {
  readonly nodes: NodeMessage[] = [];
  readonly constants: TensorMessage[] = [];
  readonly outputs: ValueMessage[] = [];
  /** Bytes of all constants. */
  bytes = 0;

  /** @param precision of weights and of what is computed with them */
  constructor(readonly precision: Precision) {}

  /** A constant by the name of `name`. @returns the name */
  numbers(name: string, values: ArrayLike<number>, dims: readonly number[]): string {
    const array = this.precision === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
    const bad = array.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      reject('INCOMPATIBLE', `Number ${bad} of '${name}'`, `finite in ${this.precision} (take float64)`, values[bad]);
    return this.#constant(name, this.precision, dims, littleEndian(array));
  }

  integers(name: string, values: readonly number[]): string {
    return this.#constant(name, 'int64', [values.length], littleEndian(BigInt64Array.from(values, BigInt)));
  }

  doubles(name: string, values: readonly number[]): string {
    return this.#constant(name, 'float64', [values.length], littleEndian(Float64Array.from(values)));
  }

  texts(name: string, values: readonly string[]): string {
    const stringData = values.map((value) => Buffer.from(value));
    this.constants.push({ name, dataType: dataTypes.string, dims: [values.length], stringData });
    this.bytes += stringData.reduce((sum, { length }) => sum + length, 0);
    return name;
  }

  /** One operator. @returns the name of its value */
  node(opType: string, input: readonly string[], output: string, attributes: Readonly<Record<string, number>> = {}): string {
    const attribute = Object.entries(attributes).map(([name, i]) => ({ name, i, type: INT_ATTRIBUTE }));
    this.nodes.push({ name: output, opType, input, output: [output], attribute });
    return output;
  }

  /** Makes `value` an output of the graph: `rows` x width, or of length `rows` without one. */
  output(value: string, type: TensorType, width?: number): void {
    this.outputs.push(describeValue(value, type, width));
  }

  #constant(name: string, type: TensorType, dims: readonly number[], rawData: Uint8Array): string {
    this.constants.push({ name, dataType: dataTypes[type], dims, rawData });
    this.bytes += rawData.length;
    return name;
  }
}

/** The type and shape of an input or output with any number of rows. */
export function describeValue(name: string, type: TensorType, width?: number): ValueMessage {
  const dim = [{ dimParam: 'rows' }, ...(width === undefined ? [] : [{ dimValue: width }])];
  return { name, type: { tensorType: { elemType: dataTypes[type], shape: { dim } } } };
}

function littleEndian(values: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (endianness() === 'LE') return bytes;
  return values.BYTES_PER_ELEMENT === 4 ? bytes.swap32() : bytes.swap64();
}
