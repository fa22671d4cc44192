/** NPY: what has the header that NumPy writes must hold as many numbers as it says, and they are taken as they lie. */
import { expect } from 'vitest';
import { caseFile, fixture, pieces, read, rowOf, type Target } from '../target.js';

const file = caseFile('npy', 'case.npy');
const names = [
  'f8',
  'f4',
  'f2',
  'i8',
  'u1',
  'f8-big-endian',
  'f8-fortran',
  'i2-big-endian-fortran',
  'cube-fortran',
  'labels-text',
];
const literal = /^\{'descr': '([<>|])([bfiu])([1248])', 'fortran_order': (True|False), 'shape': \((\d+), (\d+)\), \} *\n$/;

export const npy: Target = {
  seeds: names.map((name) => fixture('numpy', `${name}.npy`)),
  pieces: pieces(
    ...[
      "'descr'",
      "'shape'",
      '(',
      ')',
      ', ',
      "'<f8'",
      "'>i4'",
      "'|O'",
      'True',
      'False',
      '(2, 3)',
      '(3,)',
      '()',
      '-1',
      '1e3',
      '\n',
    ],
    ...["'<U4294967295'", "'|S0'", '99999999999999999999', '(0, 0)', '(4294967296, 4294967296)', "'fortran_order': True, "],
    ...[
      Buffer.from([0x76, 0]),
      Buffer.from([255, 255]),
      Buffer.from([2, 0]),
      Buffer.from([3, 0]),
      Buffer.from([0, 0, 0xf8, 0x7f]),
    ],
  ),
  async check(bytes) {
    const table = await read(file, bytes, { format: 'npy' });
    if (table === null) return false;
    const start = (bytes[6] === 1 ? 10 : 12) + (bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
    const found = literal.exec(bytes.toString('latin1', bytes[6] === 1 ? 10 : 12, start));
    if (found === null) return true;
    const [, order, kind, size, fortran] = found;
    const [rows, columns] = [Number(found[5]), Number(found[6])];
    expect(bytes.length).toBe(start + rows * columns * Number(size));
    expect([table.data.rows, table.data.columns]).toEqual([rows, columns - 1]);
    if (`${kind}${size}` === 'f2') return true;
    for (let i = 0; i < rows; i++) {
      const row = Array.from({ length: columns }, (_, j) => {
        const place = fortran === 'True' ? j * rows + i : i * columns + j;
        return numberAt(bytes, start + place * Number(size), `${kind}${size}`, order !== '>');
      });
      expect([...rowOf(table, i), table.target.values[i]]).toEqual(row);
    }
    return true;
  },
};

function numberAt(bytes: Buffer, at: number, type: string, little: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (type) {
    case 'f8':
      return view.getFloat64(at, little);
    case 'f4':
      return view.getFloat32(at, little);
    case 'i8':
      return Number(view.getBigInt64(at, little));
    case 'u8':
      return Number(view.getBigUint64(at, little));
    case 'i4':
      return view.getInt32(at, little);
    case 'u4':
      return view.getUint32(at, little);
    case 'i2':
      return view.getInt16(at, little);
    case 'u2':
      return view.getUint16(at, little);
    case 'i1':
      return view.getInt8(at);
    default:
      return view.getUint8(at);
  }
}
