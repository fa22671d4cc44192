/** The messages of an ONNX file, with the fields that are written here. Definitions: https://onnx.ai/onnx/repo-docs/IR.html, onnx.proto. */
import type { MessageOf, MessageType } from '../protobuf.js';

const pair = { key: [1, 'string'], value: [2, 'string'] } as const satisfies MessageType;

const tensor = {
  dims: [1, 'int'],
  dataType: [2, 'int'],
  stringData: [6, 'bytes'],
  name: [8, 'string'],
  rawData: [9, 'bytes'],
} as const satisfies MessageType;

const attribute = {
  name: [1, 'string'],
  i: [3, 'int'],
  ints: [8, 'int'],
  strings: [9, 'bytes'],
  type: [20, 'int'],
} as const satisfies MessageType;

const node = {
  input: [1, 'string'],
  output: [2, 'string'],
  name: [3, 'string'],
  opType: [4, 'string'],
  attribute: [5, attribute],
  domain: [7, 'string'],
} as const satisfies MessageType;

const dimension = { dimValue: [1, 'int'], dimParam: [2, 'string'] } as const satisfies MessageType;
const shape = { dim: [1, dimension] } as const satisfies MessageType;
const tensorType = { elemType: [1, 'int'], shape: [2, shape] } as const satisfies MessageType;
const valueInfo = {
  name: [1, 'string'],
  type: [2, { tensorType: [1, tensorType] }],
  docString: [3, 'string'],
} as const satisfies MessageType;

const graph = {
  node: [1, node],
  name: [2, 'string'],
  initializer: [5, tensor],
  docString: [10, 'string'],
  input: [11, valueInfo],
  output: [12, valueInfo],
} as const satisfies MessageType;

export const modelMessage = {
  irVersion: [1, 'int'],
  producerName: [2, 'string'],
  producerVersion: [3, 'string'],
  graph: [7, graph],
  opsetImport: [8, { domain: [1, 'string'], version: [2, 'int'] }],
  metadataProps: [14, pair],
} as const satisfies MessageType;

export type TensorMessage = MessageOf<typeof tensor>;
export type AttributeMessage = MessageOf<typeof attribute>;
export type NodeMessage = MessageOf<typeof node>;
export type ValueMessage = MessageOf<typeof valueInfo>;

/** `TensorProto.DataType` */
export const dataTypes = { float32: 1, int64: 7, string: 8, float64: 11 } as const;
export type TensorType = keyof typeof dataTypes;

/** `AttributeProto.AttributeType` */
export const attributeTypes = { int: 2, ints: 7, strings: 8 } as const;
