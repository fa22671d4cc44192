/** Parquet and Arrow files: neither has checksums that are always there, so that what is asked is a whole table or a refusal. */
import { crc32 } from 'node:zlib';
import { caseFile, fixture, pieces, read, type Target } from '../target.js';

const [parquetFile, arrowFile] = [caseFile('parquet', 'case.parquet'), caseFile('arrow', 'case.arrow')];
const codecs = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw', 'groups'];
const integers = [
  [255, 255, 255, 255, 255, 255, 255, 255, 127],
  [128, 128, 128, 128, 8],
  [255, 255, 255, 127],
  [0, 0, 0, 128],
  [0, 0, 0, 0],
  [1, 0, 0, 0],
].map((bytes) => Buffer.from(bytes));

/** What is damaged keeps its first bytes: other files are refused at once. */
const headed = (bytes: Buffer, magic: string): Buffer => Buffer.concat([Buffer.from(magic), bytes.subarray(magic.length)]);

export const parquet: Target = {
  seeds: [...codecs.map((name) => fixture('tables', `mixed-${name}.parquet`)), fixture('tables', 'gap.parquet')],
  pieces: [
    ...pieces('PAR1', 'size', 'schema', 'UTF8', Buffer.from([0x15]), Buffer.from([0x19, 0x1c]), Buffer.from([0x26])),
    ...integers,
  ],
  async check(bytes) {
    const whole =
      crc32(bytes) % 2 === 0 && bytes.length > 8 ? Buffer.concat([headed(bytes, 'PAR1'), Buffer.from('PAR1')]) : bytes;
    return (await read(parquetFile, whole, { format: 'parquet' })) !== null;
  },
};

export const arrow: Target = {
  seeds: ['mixed.arrow', 'mixed.arrows', 'gap.arrow'].map((name) => fixture('tables', name)),
  pieces: [...pieces('ARROW1', 'ARROW1\0\0', 'size', Buffer.from([255, 255, 255, 255])), ...integers],
  async check(bytes) {
    const whole = crc32(bytes) % 4 === 0 ? headed(bytes, 'ARROW1') : bytes;
    return (await read(arrowFile, whole, { format: 'arrow' })) !== null;
  },
};
