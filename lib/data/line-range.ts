/**
 * A part of a file of lines, read as if it were a file of its own: the top of the file, such as a header, and the lines of a range of its
 * bytes. It is known by a name that says so, which every reader takes for a path, and every sentence about it tells.
 */
export interface LineRange {
  readonly path: string;
  /** The header, which every part has; empty without one. */
  readonly top: Span;
  /** The first byte of a line, and that behind the last one. */
  readonly from: number;
  readonly to: number;
}

/** Bytes [from, to). */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const named = new Map<string, LineRange>();

export function nameOfRange({ path, from, to }: LineRange): string {
  return `${path} (bytes ${from} to ${to})`;
}

/** Has `work` read the range by its name. */
export async function withLineRange<T>(range: LineRange, work: (name: string) => Promise<T>): Promise<T> {
  const name = nameOfRange(range);
  named.set(name, range);
  try {
    return await work(name);
  } finally {
    named.delete(name);
  }
}

/** Where the bytes of `path` are: a file and the spans of it, all of it unless the path is the name of a range. */
export function spansOf(path: string): { readonly file: string; readonly spans: readonly Span[] | null } {
  const range = named.get(path);
  if (!range) return { file: path, spans: null };
  const { top, from, to } = range;
  return { file: range.path, spans: top.to > top.from ? [top, { from, to }] : [{ from, to }] };
}
