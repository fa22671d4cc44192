/**
 * Protocol buffers from plain objects: a message type is a table from field names to field numbers and types, and the bytes are written by
 * `pbf`. Only the fields that are written here are in the tables; a reader takes the rest for absent.
 *
 * Encoding: https://protobuf.dev/programming-guides/encoding.
 */
import { PbfWriter } from 'pbf';

/** `int`: a varint (int32, int64, enum). A message is a table of its own. */
export type FieldType = 'int' | 'float' | 'double' | 'string' | 'bytes' | MessageType;

export interface MessageType {
  readonly [field: string]: readonly [number: number, type: FieldType];
}

type ValueOf<Type> = Type extends 'int' | 'float' | 'double'
  ? number
  : Type extends 'string'
    ? string
    : Type extends 'bytes'
      ? Uint8Array
      : MessageOf<Type>;

/** What is to be written: any of the fields, a list where a field is repeated. */
export type MessageOf<Type> = {
  readonly [Field in keyof Type]?: Type[Field] extends readonly [number, infer Inner]
    ? ValueOf<Inner> | readonly ValueOf<Inner>[]
    : never;
};

export function encodeMessage<Type extends MessageType>(type: Type, message: MessageOf<Type>): Uint8Array {
  const writer = new PbfWriter();
  writeFields(writer, type, message);
  return writer.finish();
}

function writeFields(writer: PbfWriter, type: MessageType, message: object): void {
  for (const [field, value] of Object.entries(message) as [string, unknown][]) {
    const [number, fieldType] = type[field]!;
    for (const one of Array.isArray(value) ? value : [value]) writeField(writer, number, fieldType, one);
  }
}

function writeField(writer: PbfWriter, number: number, type: FieldType, value: unknown): void {
  if (type === 'int') writer.writeVarintField(number, value as number);
  else if (type === 'float') writer.writeFloatField(number, value as number);
  else if (type === 'double') writer.writeDoubleField(number, value as number);
  else if (type === 'string') writer.writeStringField(number, value as string);
  else if (type === 'bytes') writer.writeBytesField(number, value as Uint8Array);
  else writer.writeMessage(number, (inner: object, pbf: PbfWriter) => writeFields(pbf, type, inner), value as object);
}
