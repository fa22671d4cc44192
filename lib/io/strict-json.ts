/**
 * JSON that comes from anywhere: looked at byte by byte before the parser makes values of it, because a few bytes can stand for far
 * more memory (100 MB of opening brackets take 4 GB and then the process, since a full heap is no exception).
 */

/** Deeper than a container (3 levels) and what a model says of itself (7). */
const DEEPEST = 16;

/** Members of one object, such as the tensors of a container, two for a layer. */
const MOST_MEMBERS = 2 ** 14;

/**
 * Values in all. A data matrix of 4 GiB has at most 7.4 million categories (n rows with 100 000 fields each have at most 100 000 n
 * of them, and as many columns), and each is one value of its schema. A sparse one may have more; its model is not saved.
 */
const MOST_VALUES = 2 ** 23;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The value of a JSON text in UTF-8 in which no object has two members of one name.
 *
 * @param refuse throws with what is wrong with `text`, as in `its header <problem>`
 */
export function parseStrictJson(text: Buffer, refuse: (problem: string, cause?: unknown) => never): unknown {
  const members = measureJson(text, refuse);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text));
  } catch (cause) {
    return refuse('is not JSON', cause);
  }
  // The parser keeps the last of several members with one name: there are fewer then than the text has.
  if (countMembers(value) !== members) refuse('has an object with two members of one name');
  return value;
}

/**
 * Members of all objects; refuses what `parseStrictJson` would find too large. What is no JSON is left to the parser, which sees the
 * same brackets up to where it gives up.
 */
export function measureJson(text: Buffer, refuse: (problem: string) => never): number {
  // By level: -1 for a list, otherwise the commas so far, one less than the members.
  const levels: number[] = [];
  let members = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (levels.length === DEEPEST) refuse(`must be nested at most ${DEEPEST} deep, but it is nested deeper`);
      levels.push(byte === OPEN_LIST ? -1 : 0);
      if (!closesAtOnce(text, at)) {
        values++;
        if (byte === OPEN_OBJECT) members++;
      }
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) levels.pop();
    else if (byte === COMMA) {
      values++;
      const last = levels.length - 1;
      if (last < 0 || levels[last]! < 0) continue;
      members++;
      levels[last] = levels[last]! + 1;
      if (levels[last] >= MOST_MEMBERS)
        refuse(`must have at most ${MOST_MEMBERS} members in an object, but it has one with more`);
    }
    if (values > MOST_VALUES) refuse(`must hold at most ${MOST_VALUES} values, but it holds more`);
  }
  return members;
}

/** Where the closing quote is. A quote behind an odd number of backslashes is none. */
function endOfString(text: Buffer, open: number): number {
  for (let at = text.indexOf(QUOTE, open + 1); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    let before = at;
    while (text[before - 1] === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

function closesAtOnce(text: Buffer, open: number): boolean {
  let at = open + 1;
  while (at < text.length && text[at]! <= 0x20) at++;
  return text[at] === CLOSE_LIST || text[at] === CLOSE_OBJECT;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  if (Array.isArray(value)) for (const item of value) sum += countMembers(item);
  else for (const item of Object.values(value)) sum += 1 + countMembers(item);
  return sum;
}
