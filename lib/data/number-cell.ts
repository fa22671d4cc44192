/** What one field of a text file says: a number, nothing at all, or text. */

/** How numbers are written in a file. */
export interface NumberFormat {
  readonly decimal: '.' | ',';
  /** Between groups of three digits; null when digits are not grouped. */
  readonly thousands: string | null;
}

export const PLAIN_NUMBERS: NumberFormat = { decimal: '.', thousands: null };

const infinite = /^[+-]?inf(inity)?$/i;

/** Missing wherever they stand. */
const marks = [
  '',
  '?',
  'na',
  'n/a',
  'n.a.',
  'nan',
  'null',
  '<na>',
  '\\n',
  '#n/a',
  '#na',
  '#null!',
  '#value!',
  '#div/0!',
  '#ref!',
  '#num!',
  '#name?',
];
/** Missing among numbers; in a column of text they may be a word like any other, as '-' beside '+'. */
const weakMarks = [
  '-',
  '--',
  '---',
  '.',
  '..',
  '...',
  '*',
  '#',
  '\u2013',
  '\u2014',
  'none',
  'nil',
  'nul',
  'nat',
  'missing',
  'unknown',
  'not available',
  'nd',
  'n.d.',
  'n/d',
  '-nan',
  '+nan',
  '-nan(ind)',
  '1.#ind',
  '-1.#ind',
  '1.#qnan',
  '-1.#qnan',
];
const missing = new Set(marks);
const missingAmongNumbers = new Set([...marks, ...weakMarks]);
const LONGEST_MARK = Math.max(...[...missingAmongNumbers].map((mark) => mark.length));

/**
 * The decimal number that `text` writes, NaN when it writes none: blanks, `0x10`, `1_000` and `Infinity` are not numbers.
 * `1e999` gives Infinity.
 */
export function parseCell(text: string): number {
  // A number begins with a digit, sign or point and ends in a digit or point; only then is Number() asked, which would
  // also take blanks around it and 0x, 0o, 0b before it.
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  if (!((first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b || first === 0x2e)) return NaN;
  if (!((last >= 0x30 && last <= 0x39) || last === 0x2e)) return NaN;
  const second = text.charCodeAt(1) | 0x20;
  if (first === 0x30 && (second === 0x78 || second === 0x6f || second === 0x62)) return NaN;
  return Number(text);
}

export function isNumber(text: string): boolean {
  return !Number.isNaN(parseCell(text));
}

/** The parser of a format: as {@link parseCell}, with its decimal mark and its groups of digits. */
export function numberParser({ decimal, thousands }: NumberFormat): (text: string) => number {
  if (decimal === '.' && thousands === null) return parseCell;
  // 1,234,567 and, as in India, 12,34,567: groups of two or three, of which the last has three. Other groups are a slip.
  const mark = thousands === null ? '[]' : anyOf(thousands);
  const [one, all] = [new RegExp(mark, 'u'), new RegExp(mark, 'gu')];
  const grouped = new RegExp(`^[+-]?\\d{1,3}(${mark}\\d{2,3})*${mark}\\d{3}(?!\\d)`, 'u');
  return (text) => {
    let plain = text;
    if (one.test(text)) {
      const groups = grouped.exec(text)?.[0];
      if (groups === undefined) return NaN;
      plain = groups.replaceAll(all, '') + text.slice(groups.length);
      if (one.test(plain)) return NaN;
    }
    if (decimal === '.') return parseCell(plain);
    return plain.includes('.') ? NaN : parseCell(plain.replace(',', '.'));
  };
}

/** The blanks that stand between groups of digits; programs for French or Swedish write others than people type. */
const BLANKS = ' \u00a0\u2009\u202f';

/** A pattern for the mark between groups; a blank stands for any blank. */
function anyOf(thousands: string): string {
  return `[${BLANKS.includes(thousands) ? BLANKS : thousands.replace(/[\\\]^]/, '\\$&')}]`;
}

/**
 * Text that people take for a number: with separators between groups, a decimal comma, a currency, `%`, a minus that is not
 * the hyphen of ASCII, brackets of bookkeeping, digits of another script, a `D` before the exponent, other quotes than those of CSV.
 */
const numberLike = new RegExp(
  '^\\(?[+\\-\\u2212\\u2013\\ufe63\\uff0d]?\\s*(?:\\p{Sc}\\s*[+\\-\\u2212\\u2013]?)?' +
    "(?:\\p{Nd}{1,3}(?:[,.'\\u2019_\\s]\\p{Nd}{2,3})*[,.'\\u2019_\\s]\\p{Nd}{3}(?!\\p{Nd})|\\p{Nd}+)" +
    '(?:[.,\\u066b]\\p{Nd}*)?(?:[eEdD][+-]?\\d+)?\\s*(?:\\p{Sc}|%|\\u2030)?[)\\-]?$',
  'u',
);

/** Around a number, or the one before it by which spreadsheets mark text. */
const quoted = /^['\u2018\u201c](.*?)['\u2019\u201d]?$/u;

export function looksLikeNumber(text: string): boolean {
  return text.length <= 64 && (isNumber(text) || numberLike.test(text.replace(quoted, '$1')));
}

/** The usual marks of a missing value, whatever the case: empty, `?`, `NA`, `N/A`, `NaN`, `null`, `#N/A`, `<NA>`, `\N`, ... */
export function isMissing(text: string): boolean {
  return text.length <= LONGEST_MARK && missing.has(text.toLowerCase());
}

/** The texts that are missing in a column of text, in every way to write them: those given, or all that {@link isMissing} takes. */
export function missingTexts(given: readonly string[] | undefined): string[] {
  if (given) return [...new Set(['', ...given.map((mark) => mark.trim())])];
  return marks.flatMap((mark) => casesOf(mark));
}

/** `na`, `nA`, `Na`, `NA`. */
function casesOf(text: string): string[] {
  let cases = [''];
  for (const letter of text) {
    const written = new Set([letter, letter.toUpperCase()]);
    cases = cases.flatMap((start) => [...written].map((one) => start + one));
  }
  return cases;
}

/** As {@link isMissing}, and what means it among numbers only: `-`, `.`, `None`, ... */
export function isMissingNumber(text: string): boolean {
  return text.length <= LONGEST_MARK && missingAmongNumbers.has(text.toLowerCase());
}

/** `Infinity` or `inf` with or without a sign, or a number beyond the range of float64. */
export function isInfinite(text: string): boolean {
  return infinite.test(text) || Math.abs(parseCell(text)) === Infinity;
}

/** Whether a number would print as it is written here, but for a plus sign. */
export function printsBack(text: string, value: number): boolean {
  const plain = text.charCodeAt(0) === 0x2b ? text.slice(1) : text;
  return String(value) === plain;
}

/** Digits that mean a name more than an amount, because the number would print differently: `01234`, integers above 2^53. */
export function isCode(text: string): boolean {
  if (/^[+-]?0\d/.test(text)) return true;
  return text.length > 15 && /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

const separators = [',', '.', ' ', "'", '\u2019', '_'] as const;

function thousandsOption(mark: string): string {
  return `--thousands ${/^[\s'_]$/.test(mark) ? `"${mark}"` : mark}`;
}

/** Which options could make a number of it, for a sentence: `--thousands ,` and the like; empty when none would. */
export function adviceFor(text: string, { decimal, thousands }: NumberFormat): string[] {
  const advice: string[] = [];
  const would = (format: NumberFormat): boolean => Number.isFinite(numberParser(format)(text));
  if (decimal === '.' && would({ decimal: ',', thousands })) advice.push('--decimal ,');
  if (decimal === ',' && would({ decimal: '.', thousands: null })) advice.push('--decimal .');
  if (thousands === null) {
    const found = separators.find((mark) => mark !== decimal && would({ decimal, thousands: mark }));
    if (found !== undefined) advice.push(thousandsOption(found));
    const both =
      decimal === '.' && advice.length === 0 && separators.find((mark) => would({ decimal: ',', thousands: mark }));
    if (both) advice.push(`--decimal , ${thousandsOption(both)}`);
  }
  // Three digits behind the comma are a group more often than a fraction.
  return /[.,]\d{3}$/.test(text) ? advice.reverse() : advice;
}
