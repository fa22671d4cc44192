/** A sparse matrix in an NPZ file as it lies on disk: described without reading more of its large arrays than their headers. */
import type { Entry, ZipFile } from 'yauzl';
import { describe, PlanesearchError } from '../../core/errors.js';
import type { FileIntegers, FileSource } from '../../backends/backend.js';
import { openInputFile } from '../../io/input-file.js';
import { limitsFrom } from '../limits.js';
import type { RandomAccess } from '../random-access.js';
import { LONGEST_HEADER, parseHeader } from './npy.js';
import { arrayOf, readMember, withArchive } from './npz.js';
import { SPARSE_ARRAYS } from './sparse-npz.js';

/** Bytes read at a time. */
const BLOCK_BYTES = 2 ** 20;

export interface NpzFileOptions {
  /** As `FileSource.memory`. */
  readonly memory?: number | undefined;
}

/**
 * X of an NPZ file with compressed rows, for `train`, `Model.predict` and `Model.evaluate` to read it where it lies: written by `convertTable` or by
 * `scipy.sparse.save_npz(path, X.tocsr(), compressed=False)`, in float64, float32 or bool, which stands for entries that are 1.
 *
 * @throws PlanesearchError FILE_NOT_FOUND; UNREADABLE_FILE for what is no such file, which the sentence says
 */
export async function npzFile(path: string, { memory }: NpzFileOptions = {}): Promise<FileSource> {
  const limits = limitsFrom({ fileBytes: Number.MAX_SAFE_INTEGER });
  const { handle, bytes } = await openInputFile(path);
  await handle.close();
  return withArchive(path, limits, async (archive, entries, file) => {
    if (file.byteLength !== bytes) refuse(path, 'must not be packed to be read in place, but is gzip data');
    const missing = SPARSE_ARRAYS.find((name) => !entries.has(name));
    if (missing) refuse(path, `must hold the arrays of a sparse matrix, but has no ${describe(missing)}`);
    const small = async (name: string) =>
      (await readMember(archive, entries.get(name)!, arrayOf(path, name), limits)).values;
    const [format] = await small('format');
    if (format !== 'csr')
      refuse(path, `must hold compressed rows, 'csr', but its format is ${describe(format)} (X.tocsr())`);
    const [rows, columns, ...others] = (await small('shape')) as Float64Array;
    if (!isCount(rows) || !isCount(columns) || others.length > 0) refuse(path, 'must have a shape of rows and columns');
    const places = new Map<string, Place>();
    for (const name of ['indptr', 'indices', 'data'] as const)
      places.set(name, await placeOf(path, name, archive, entries.get(name)!, file));
    const values = places.get('data')!;
    const count = values.size;
    if (places.get('indices')!.size !== count || places.get('indptr')!.size !== rows! + 1)
      refuse(path, `must have ${rows! + 1} offsets and as many columns as values, but its arrays do not fit together`);
    if (!['<f4', '<f8', '|b1'].includes(values.descr))
      refuse(
        path,
        `must hold little-endian float32 or float64, or bool, to be read in place, but holds ${describe(values.descr)}`,
      );
    const ones = values.descr === '|b1';
    if (ones) await requireOnes(path, values, file);
    return {
      kind: 'file',
      path,
      rows: rows!,
      columns: columns!,
      type: values.descr === '<f4' ? 'float32' : 'float64',
      offset: values.offset,
      entries: {
        count,
        indptr: integers(path, places.get('indptr')!),
        indices: integers(path, places.get('indices')!),
        ones,
      },
      memory,
    };
  });
}

interface Place {
  readonly offset: number;
  readonly descr: string;
  readonly size: number;
}

/** Where the numbers of an array are. */
async function placeOf(path: string, name: string, archive: ZipFile, entry: Entry, file: RandomAccess): Promise<Place> {
  const what = arrayOf(path, name);
  if (entry.compressionMethod !== 0)
    refuse(
      path,
      `must be written without compression to be read in place (save_npz(..., compressed=False)), but ${name} is packed`,
    );
  const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
  const header = parseHeader(what, await file.read(fileDataStart, fileDataStart + LONGEST_HEADER + 12));
  if (
    header === null ||
    header.shape.length !== 1 ||
    header.bytes + header.size * header.type.bytes !== entry.uncompressedSize
  )
    refuse(path, `must hold a list of numbers ${name} as long as its header says`);
  return { offset: fileDataStart + header!.bytes, descr: header!.descr, size: header!.size };
}

function integers(path: string, { offset, descr }: Place): FileIntegers {
  if (descr !== '<i4' && descr !== '<i8')
    refuse(path, `must have little-endian integers of 32 or 64 bits for places, but has ${describe(descr)}`);
  return { offset, type: descr === '<i4' ? 'int32' : 'int64' };
}

/** Of truths none may be false: a zero that is stored. */
async function requireOnes(path: string, { offset, size }: Place, file: RandomAccess): Promise<void> {
  for (let from = 0; from < size; from += BLOCK_BYTES) {
    const block = await file.read(offset + from, offset + Math.min(size, from + BLOCK_BYTES));
    if (block.some((byte) => byte !== 1)) refuse(path, 'must hold no stored False (X.eliminate_zeros())');
  }
}

function isCount(value: number | undefined): boolean {
  return Number.isInteger(value) && value! >= 1;
}

function refuse(path: string, problem: string): never {
  throw new PlanesearchError('UNREADABLE_FILE', `${describe(path)} ${problem}.`);
}
