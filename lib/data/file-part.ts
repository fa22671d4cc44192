/**
 * A part of a file, read as if it were a file of its own: a range of its bytes below a beginning that says what they are (the header of CSV or NPY),
 * or some of its row groups (Parquet). It is known by a name that says so, which every reader takes for a path, and every sentence about it tells.
 */
export interface FilePart {
  readonly path: string;
  /** What stands before the range, or null for numbers of row groups. */
  readonly top: Uint8Array | null;
  readonly from: number;
  readonly to: number;
}

/** By name, and by how many it is being read: ranks within one process may read the same part. */
const named = new Map<string, { readonly part: FilePart; readers: number }>();

export function nameOfPart({ path, top, from, to }: FilePart): string {
  return top ? `${path} (bytes ${from} to ${to})` : `${path} (row groups ${from} to ${to - 1})`;
}

/** Has `work` read the part by its name. */
export async function withFilePart<T>(part: FilePart, work: (name: string) => Promise<T>): Promise<T> {
  const plain = nameOfPart(part);
  let name = plain;
  // Under another beginning it is another part.
  for (let at = 2; named.has(name) && !isSame(named.get(name)!.part, part); at++) name = `${plain}, ${at}`;
  const reading = named.get(name) ?? { part, readers: 0 };
  reading.readers++;
  named.set(name, reading);
  try {
    return await work(name);
  } finally {
    if (--reading.readers === 0) named.delete(name);
  }
}

function isSame({ top: a }: FilePart, { top: b }: FilePart): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0);
}

/** The part that this is the name of. */
export function partOf(path: string): FilePart | undefined {
  return named.get(path)?.part;
}
