/** The column chunks of a Parquet file as hyparquet gets to see them: after `pages.ts` has looked at their pages. */
import type { AsyncBuffer, ColumnMetaData, Compressors, FileMetaData, SchemaTree, snappyUncompress } from 'hyparquet';
import { unpackersFor, type Unpack } from './codecs.js';
import { ParquetPages, type ParquetLeaf } from './pages.js';
import type { RandomAccess } from '../random-access.js';

/** More bytes than any decimal has that is a number of JavaScript. */
const DECIMAL_BYTES = 256;

interface Chunk {
  readonly metadata: ColumnMetaData;
  readonly codec: string;
}

interface Held {
  readonly from: number;
  readonly end: number;
  readonly bytes: ArrayBuffer;
}

export class ParquetChunks {
  /** What hyparquet reads from. */
  readonly buffer: AsyncBuffer;
  private readonly leaves: readonly ParquetLeaf[];
  /** By the first row of a row group, in the order of the leaves. */
  private readonly groups = new Map<number, readonly Chunk[]>();
  /** Of the chunks that were looked at last, by leaf. */
  private readonly pages: ParquetPages[] = [];
  private readonly places = new Map<string, number[]>();
  private readonly checked = new Map<string, string>();
  /** Bytes that the rows of a column stay in memory with which were read last: all columns of a row group are there at once. */
  private readonly kept = new Map<string, number>();
  private keptBytes = 0;
  private held: readonly Held[] = [];

  /**
   * Gives every chunk a codec of its own name, so that hyparquet asks {@link compressors} for all of its pages, those that are not compressed too.
   *
   * @param pageBytes that the pages of a chunk may have when they are unpacked
   */
  constructor(
    private readonly file: RandomAccess,
    metadata: FileMetaData,
    trees: readonly Leaf[],
    private readonly pageBytes: number,
  ) {
    this.leaves = trees.map(leafOf);
    for (const [at, { path }] of trees.entries()) {
      const top = path[1]!.element.name;
      const places = this.places.get(top) ?? [];
      places.push(at);
      this.places.set(top, places);
    }
    let row = 0;
    for (const { columns, num_rows } of metadata.row_groups) {
      const rows = Number(num_rows);
      const chunks = columns.map(({ meta_data }, at) => {
        const column = meta_data!;
        const codec = String(column.codec);
        column.codec = nameOfCodec(codec, at) as ColumnMetaData['codec'];
        return { metadata: column, codec };
      });
      if (rows > 0) this.groups.set(row, chunks);
      row += rows;
    }
    this.buffer = {
      byteLength: file.byteLength,
      slice: (from, end = file.byteLength) => {
        const held = this.held.find((chunk) => chunk.from === from && chunk.end === end);
        const bytes = held ? Promise.resolve(held.bytes) : sliceOf(file, from, end);
        // hyparquet reads ahead, and lets what it does not come to use fail where nobody waits.
        bytes.catch(() => undefined);
        return bytes;
      },
    };
  }

  async compressors(snappy: typeof snappyUncompress, path: string): Promise<Compressors> {
    const codecs = new Set([...this.groups.values()].flatMap((chunks) => chunks.map(({ codec }) => codec)));
    const unpackers = await unpackersFor(codecs, snappy, path);
    const compressors: Record<string, Unpack> = {};
    for (const codec of codecs)
      for (const at of this.leaves.keys())
        compressors[nameOfCodec(codec, at)] = (input, length) => {
          const unpack = unpackers.get(codec);
          if (!unpack) throw new Error(`its pages are packed in a way (${codec}) that is not known`);
          const bytes = unpack(input, length);
          // Of another length it is refused by hyparquet.
          if (bytes.length === length) this.pages[at]!.check(input.byteOffset, bytes);
          return bytes;
        };
    return compressors as Compressors;
  }

  /** @throws Error where hyparquet must not read these rows of a column; they begin with a row group and end within it */
  async check(name: string, rowStart: number, rowEnd: number): Promise<void> {
    const rows = `${rowStart} ${rowEnd}`;
    // hyparquet has them still.
    if (this.checked.get(name) === rows) return;
    this.checked.set(name, rows);
    const chunks = this.groups.get(rowStart)!;
    const held: Held[] = [];
    this.held = held;
    this.keptBytes -= this.kept.get(name) ?? 0;
    let kept = 0;
    for (const at of this.places.get(name)!) {
      const { metadata } = chunks[at]!;
      const start = metadata.dictionary_page_offset || metadata.data_page_offset;
      const [from, end] = [Number(start), Number(start + metadata.total_compressed_size)];
      const bytes = await sliceOf(this.file, from, end);
      const pages = new ParquetPages(
        new Uint8Array(bytes),
        this.leaves[at]!,
        metadata,
        rowEnd - rowStart,
        this.pageBytes,
        this.keptBytes + kept,
      );
      kept += pages.keptBytes;
      this.pages[at] = pages;
      held.push({ from, end, bytes: pages.end < bytes.byteLength ? bytes.slice(0, pages.end) : bytes });
    }
    this.kept.set(name, kept);
    this.keptBytes += kept;
  }
}

const nameOfCodec = (codec: string, leaf: number): string => `${codec} ${leaf}`;

export interface Leaf {
  /** From the root to the leaf. */
  readonly path: readonly SchemaTree[];
}

export function leavesOf(tree: SchemaTree, above: readonly SchemaTree[] = []): Leaf[] {
  const path = [...above, tree];
  return tree.children.length === 0 ? [{ path }] : tree.children.flatMap((child) => leavesOf(child, path));
}

function leafOf({ path }: Leaf): ParquetLeaf {
  const { element } = path.at(-1)!;
  return {
    name: path
      .slice(1)
      .map((tree) => tree.element.name)
      .join('.'),
    typeLength: element.type_length,
    converted: element.converted_type !== undefined || element.logical_type !== undefined,
    mostBytes: element.converted_type === 'DECIMAL' ? DECIMAL_BYTES : Infinity,
    // As hyparquet counts them.
    definition: path.slice(1).filter((tree) => tree.element.repetition_type !== 'REQUIRED').length,
    repetition: path.filter((tree) => tree.element.repetition_type === 'REPEATED').length,
    depth: path.length - 1,
    flat: path.length === 2 && element.repetition_type !== 'REPEATED',
  };
}

/** A copy at the beginning of a buffer of its own, as hyparquet wants it. */
export async function sliceOf(file: RandomAccess, from: number, end: number): Promise<ArrayBuffer> {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(end) || from < 0 || end < from)
    throw new Error(`it points to its bytes ${from} to ${end}`);
  const bytes = await file.read(from, end);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
