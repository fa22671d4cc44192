/** An ONNX graph under construction: operators over named values, constants with their numbers. */
import { endianness } from 'node:os';
import { reject } from '../../core/errors.js';
import type { Precision } from '../../backends/backend.js';
import {
  attributeTypes,
  dataTypes,
  type AttributeMessage,
  type NodeMessage,
  type TensorMessage,
  type TensorType,
  type ValueMessage,
} from './messages.js';

export type AttributeValue = number | readonly number[] | readonly string[];

export class GraphBuilder {
  readonly nodes: NodeMessage[] = [];
  readonly constants: TensorMessage[] = [];
  readonly inputs: ValueMessage[] = [];
  readonly outputs: ValueMessage[] = [];
  /** Names of the inputs, which come from data: other values make way. */
  readonly #taken = new Set<string>();
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

  texts(wanted: string, values: readonly string[]): string {
    const name = this.#free(wanted);
    const stringData = values.map((value) => Buffer.from(value));
    this.constants.push({ name, dataType: dataTypes.string, dims: [values.length], stringData });
    this.bytes += stringData.reduce((sum, { length }) => sum + length, 0);
    return name;
  }

  /** Before any other value. */
  input(name: string, type: TensorType, width: number, docString = ''): void {
    this.#taken.add(name);
    this.inputs.push({ ...describeValue(name, type, width), ...(docString && { docString }) });
  }

  /** One operator; `wanted` becomes the name of its value unless an input has it. @returns the name */
  node(
    opType: string,
    input: readonly string[],
    wanted: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = '',
  ): string {
    const output = this.#free(wanted);
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    this.nodes.push({ name: output, opType, input, output: [output], attribute, ...(domain && { domain }) });
    return output;
  }

  cast(value: string, to: TensorType, wanted: string): string {
    return this.node('Cast', [value], wanted, { to: dataTypes[to] });
  }

  /** Makes `value` an output of the graph: `rows` x width, or of length `rows` without one. */
  output(value: string, type: TensorType, width?: number): void {
    this.outputs.push(describeValue(value, type, width));
  }

  #constant(wanted: string, type: TensorType, dims: readonly number[], rawData: Uint8Array): string {
    const name = this.#free(wanted);
    this.constants.push({ name, dataType: dataTypes[type], dims, rawData });
    this.bytes += rawData.length;
    return name;
  }

  #free(wanted: string): string {
    let name = wanted;
    while (this.#taken.has(name)) name += "'";
    return name;
  }
}

function attributeOf(name: string, value: AttributeValue): AttributeMessage {
  if (typeof value === 'number') return { name, i: value, type: attributeTypes.int };
  if (typeof value[0] === 'number') return { name, ints: value as readonly number[], type: attributeTypes.ints };
  return { name, strings: (value as readonly string[]).map((text) => Buffer.from(text)), type: attributeTypes.strings };
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
