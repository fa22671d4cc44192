/**
 * TensorBoard's event file: a sequence of `Event` messages, each framed as TFRecord frames a record,
 *
 *     length (uint64)  masked crc32c of the length  bytes  masked crc32c of the bytes       little-endian
 *     mask(c) = ((c >> 15) | (c << 17)) + 0xa282ead8
 *
 * https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details; crc32c is the checksum of Castagnoli, Braeuer & Herrmann
 * 1993 (doi 10.1109/26.231911), reflected polynomial 0x82f63b78.
 */
import { encodeMessage, type MessageOf, type MessageType } from '../io/protobuf.js';

/** `tensorflow.Event` with what is written of it: event.proto and summary.proto of TensorBoard. */
const event = {
  wallTime: [1, 'double'],
  step: [2, 'int'],
  fileVersion: [3, 'string'],
  summary: [5, { value: [1, { tag: [1, 'string'], simpleValue: [2, 'float'] }] }],
  sessionLog: [7, { status: [1, 'int'] }],
} as const satisfies MessageType;

export type Event = MessageOf<typeof event>;

/** `SessionLog.SessionStatus.START`: what a reader has for this step and later ones, of a run that was interrupted, is no longer so. */
export const SESSION_START = 1;

export const FILE_VERSION = 'brain.Event:2';

/** One framed event. */
export function encodeEvent(message: Event): Buffer {
  const bytes = encodeMessage(event, message);
  const record = Buffer.alloc(16 + bytes.length);
  record.writeBigUInt64LE(BigInt(bytes.length), 0);
  record.writeUInt32LE(masked(record.subarray(0, 8)), 8);
  record.set(bytes, 12);
  record.writeUInt32LE(masked(bytes), 12 + bytes.length);
  return record;
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
