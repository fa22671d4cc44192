/** Small pictures of numbers as PNG (W3C, third edition), for a page that holds them itself. */
import { crc32, deflateSync } from 'node:zlib';

/** Lowest, middle and highest color: told apart by who sees no red or no green, and readable on white and on black. */
const SIGNED = [
  [178, 60, 0],
  [236, 236, 232],
  [11, 82, 160],
] as const;
const GRAY = [
  [0, 0, 0],
  [128, 128, 128],
  [255, 255, 255],
] as const;

/**
 * A picture of `height` x `width` numbers from -largest to largest (`signed`) or from 0 to largest, as a data URI.
 *
 * @param largest everything beyond it has the color of it; 0 makes one color
 */
export function pictureUri(
  values: ArrayLike<number>,
  height: number,
  width: number,
  largest: number,
  signed: boolean,
): string {
  const lines = new Uint8Array(height * (width + 1)); // each begins with its filter, which is none
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const share = largest === 0 ? 0 : values[i * width + j]! / largest;
      const level = signed ? (share + 1) / 2 : share;
      lines[i * (width + 1) + j + 1] = Math.round(255 * Math.min(1, Math.max(0, level)));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, colors of the palette
  const parts = [
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette(signed ? SIGNED : GRAY)),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return `data:image/png;base64,${Buffer.concat(parts).toString('base64')}`;
}

function palette([low, middle, high]: typeof SIGNED | typeof GRAY): Buffer {
  const colors = Buffer.alloc(3 * 256);
  for (let level = 0; level < 256; level++) {
    const share = level / 127.5;
    const [from, to, part] = share < 1 ? [low, middle, share] : [middle, high, share - 1];
    for (let c = 0; c < 3; c++) colors[3 * level + c] = Math.round(from[c]! + part * (to[c]! - from[c]!));
  }
  return colors;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
