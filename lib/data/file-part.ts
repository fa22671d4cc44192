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

const named = new Map<string, FilePart>();

export function nameOfPart({ path, top, from, to }: FilePart): string {
  return top ? `${path} (bytes ${from} to ${to})` : `${path} (row groups ${from} to ${to - 1})`;
}

/** Has `work` read the part by its name. */
export async function withFilePart<T>(part: FilePart, work: (name: string) => Promise<T>): Promise<T> {
  const name = nameOfPart(part);
  named.set(name, part);
  try {
    return await work(name);
  } finally {
    named.delete(name);
  }
}

/** The part that this is the name of. */
export function partOf(path: string): FilePart | undefined {
  return named.get(path);
}
