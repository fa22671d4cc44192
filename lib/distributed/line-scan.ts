/** Bytes of a file of lines, looked at by the rank that they are nearest to: quotes, line ends. */
import { openInputFile } from '../io/input-file.js';

const BLOCK = 2 ** 20;
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** Quotes in the bytes [from, to): an odd number of them before a place says that it lies within a quoted field (RFC 4180). */
export async function countQuotes(path: string, from: number, to: number): Promise<number> {
  let quotes = 0;
  await eachBlock(path, from, to, (block) => {
    for (let at = block.indexOf(QUOTE); at >= 0; at = block.indexOf(QUOTE, at + 1)) quotes++;
    return true;
  });
  return quotes;
}

/**
 * Where the first line begins at or behind `from`: behind a line end that is in no quotes.
 *
 * @param quoted whether the byte before `from` lies within quotes, or opens them; null where quotes mean nothing
 * @returns the size of the file where no line begins any more
 */
export async function firstLineFrom(path: string, from: number, quoted: boolean | null): Promise<number> {
  if (from === 0) return 0;
  const { handle, bytes } = await openInputFile(path);
  await handle.close();
  let inside = quoted ?? false;
  let found = bytes;
  await eachBlock(path, from - 1, bytes, (block, offset) => {
    // Its quote has been counted.
    const start = offset === from - 1 ? 1 : 0;
    if (start === 1 && block[0] === NEWLINE && !inside) found = from;
    for (let at = start; found === bytes && at < block.length; at++) {
      if (block[at] === QUOTE && quoted !== null) inside = !inside;
      else if (block[at] === NEWLINE && !inside) found = offset + at + 1;
    }
    return found === bytes;
  });
  return found;
}

/** Where line `number`, from 1, begins; line ends are LF, CRLF or CR. */
export async function startOfLine(path: string, number: number): Promise<number> {
  let line = 1;
  let found = 0;
  let returned = false;
  if (number === 1) return 0;
  await eachBlock(path, 0, Infinity, (block, offset) => {
    for (let at = 0; at < block.length; at++) {
      const byte = block[at]!;
      if (returned && byte !== NEWLINE && line === number) return false;
      if (byte === 0x0d || (byte === NEWLINE && !returned)) line++;
      returned = byte === 0x0d;
      found = offset + at + 1;
      if (line === number && !returned) return false;
    }
    return true;
  });
  return found;
}

/** Until `look` says false. */
async function eachBlock(
  path: string,
  from: number,
  to: number,
  look: (block: Buffer, offset: number) => boolean,
): Promise<void> {
  const { handle } = await openInputFile(path);
  try {
    const room = Buffer.allocUnsafe(Math.max(1, Math.min(BLOCK, to - from)));
    for (let at = from; at < to; ) {
      const { bytesRead } = await handle.read(room, 0, Math.min(room.length, to - at), at);
      if (bytesRead === 0 || !look(room.subarray(0, bytesRead), at)) return;
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
