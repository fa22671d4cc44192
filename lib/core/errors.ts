/**
 * Every error that planesearch throws on purpose: one sentence for people, a `code` and fields for programs.
 *
 * A numerical failure (a search that finds no decrease, say) is never an error: it is a result with a reason.
 */
export type ErrorCode =
  | 'INVALID_OPTION'
  | 'INVALID_ARGUMENT'
  | 'INVALID_DATA'
  | 'FILE_NOT_FOUND'
  | 'UNREADABLE_FILE'
  | 'UNWRITABLE_FILE'
  | 'INVALID_MODEL'
  | 'INVALID_CHECKPOINT'
  | 'DIMENSION_MISMATCH'
  | 'INCOMPATIBLE'
  | 'BACKEND_UNAVAILABLE'
  | 'OUT_OF_MEMORY'
  | 'NO_THREAD'
  | 'INTERNAL'
  | 'DISPOSED'
  | 'NOT_FITTED'
  | 'RANK_FAILED';

/** What was expected and what came, for programs that want to react. */
export interface ErrorDetails {
  readonly expected?: string;
  readonly received?: string;
  readonly cause?: unknown;
}

export class PlanesearchError extends Error {
  override readonly name = 'PlanesearchError';
  readonly expected: string | undefined;
  readonly received: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.expected = details.expected;
    this.received = details.received;
  }
}

/** Whether `thrown` is an error, of this realm or of another: a VM context has an `Error` of its own. */
export function isError(thrown: unknown): thrown is Error {
  if (Object.prototype.toString.call(thrown) === '[object Error]') return true;
  const { name, message } = Object(thrown) as { name?: unknown; message?: unknown };
  return typeof name === 'string' && typeof message === 'string';
}

/** Whether `thrown` is a {@link PlanesearchError}, of this copy of the package or of another. */
export function isOurs(thrown: unknown): thrown is PlanesearchError {
  return isError(thrown) && thrown.name === 'PlanesearchError';
}

/** Throws the uniform sentence `<what> must be <expected>, but <received> was given.` */
export function reject(code: ErrorCode, what: string, expected: string, received: unknown): never {
  const shown = describe(received);
  throw new PlanesearchError(code, `${what} must be ${expected}, but ${shown} was given.`, { expected, received: shown });
}

/** Longer texts are quoted by their two ends: what comes from a data file may be megabytes. */
const LONGEST_QUOTE = 256;

// Control characters steer terminals, bidirectional marks reorder what is read, line separators break a message in two.
const harmful = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` with every character that does something instead of showing something written as an escape. */
export function harmless(text: string): string {
  return text.replace(harmful, (character) => {
    return shortEscapes[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** What the error of a library says, as a clause of a sentence of ours: it may quote a file. */
export function clauseOf(error: unknown): string {
  const text = isError(error) ? error.message : String(error);
  return harmless(
    text
      .slice(0, 2 * LONGEST_QUOTE)
      .replace(/\s+/g, ' ')
      .replace(/\.$/, ''),
  );
}

/** A short, quoted rendering of any value for an error sentence, {@link harmless} wherever the value came from. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    if (value.length <= LONGEST_QUOTE) return `'${harmless(value)}'`;
    return `'${harmless(value.slice(0, 160))}...${harmless(value.slice(-60))}' (${value.length} characters)`;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  return typeof value === 'object' ? describeObject(value) : `a ${typeof value}`;
}

/** What a value says of itself may be a getter that throws, or anything at all; a revoked Proxy says nothing. */
function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an array of ${value.length} values`;
    const { constructor, length } = value as { constructor?: { name?: unknown }; length?: unknown };
    const name = typeof constructor?.name === 'string' ? constructor.name : 'no class';
    return ArrayBuffer.isView(value) && typeof length === 'number' ? `a ${name} of ${length} values` : `an object (${name})`;
  } catch {
    return 'an object (no class)';
  }
}

/** Looks `name` up in a registry; an unknown name is answered with the list of known ones. */
export function lookUp<T>(registry: Readonly<Record<string, T>>, what: string, name: string): T {
  if (typeof name === 'string' && Object.hasOwn(registry, name)) return registry[name] as T;
  return reject('INVALID_OPTION', what, `one of ${Object.keys(registry).join(', ')}`, name);
}

/** Refuses what stands for an object of ours and lacks one of its functions. */
export function requireFunctions(what: string, expected: string, given: unknown, functions: readonly string[]): void {
  const missing = functions.find((name) => typeof (given as Record<string, unknown> | null)?.[name] !== 'function');
  if (missing !== undefined) reject('INVALID_OPTION', what, `${expected} (with the function ${missing})`, given);
}

export function requireBoolean(what: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') reject('INVALID_OPTION', what, 'true or false', value);
}

/**
 * Checks a numeric option: finite and within [minimum, maximum]. An end that does not belong to the range is the number beside it:
 * `Number.MIN_VALUE` for above 0, `1 - Number.EPSILON` for below 1.
 */
export function requireNumber(what: string, value: unknown, minimum: number, maximum = Infinity): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < minimum || value > maximum) {
    return reject('INVALID_OPTION', what, rangeText(minimum, maximum), value);
  }
  return value;
}

function rangeText(minimum: number, maximum: number): string {
  const open = minimum === Number.MIN_VALUE;
  if (maximum === Infinity) return open ? 'a finite number above 0' : `a finite number of at least ${minimum}`;
  const below = maximum === 1 - Number.EPSILON ? 'below 1' : null;
  if (open) return `a number above 0 and ${below ?? `at most ${maximum}`}`;
  return `a number from ${minimum} to ${below ?? maximum}`;
}

/** Checks an integer option within [minimum, maximum]. */
export function requireInteger(what: string, value: unknown, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `an integer of at least ${minimum}` : `an integer from ${minimum} to ${maximum}`;
    return reject('INVALID_OPTION', what, range, value);
  }
  return value;
}
