/** A table written in any usual way is read back as it was, or refused in a sentence: never as something else. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlanesearchError } from '../../lib/core/errors.js';
import { loadTable, type DenseData, type LoadedTable, type LoadOptions } from '../../lib/data/index.js';
import { temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

interface Content {
  readonly numbers: readonly (readonly number[])[];
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

interface Manner {
  readonly delimiter: ',' | ';' | '\t' | '|' | ' ';
  readonly end: '\n' | '\r\n' | '\r' | 'mixed';
  readonly encoding: 'utf-8' | 'utf-8 with mark' | 'utf-16le' | 'utf-16be' | 'latin1' | 'windows-1252';
  readonly header: boolean;
  readonly decimal: '.' | ',';
  readonly thousands: '' | ',' | '.' | ' ' | "'";
  readonly trailing: 'none' | 'header' | 'rows' | 'both';
  readonly quoteAll: boolean;
  readonly comments: readonly string[];
  readonly blankLines: boolean;
  readonly lastEnd: boolean;
}

const number = fc.oneof(
  fc.integer({ min: -10_000_000, max: 10_000_000 }),
  fc.integer({ min: 0, max: 50 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => Math.round(x * 1000) / 1000 + 0),
);
const text = fc.oneof(
  fc.constantFrom(
    'red',
    'grün',
    'bleu foncé',
    'a, b',
    'x;y',
    'p|q',
    'tab\there',
    'say "so"',
    "it's",
    'two words',
    '-',
    'none',
  ),
  fc.string({ maxLength: 5 }).map((s) => `w${s.replace(/[\r\0\p{Cc}]/gu, '')}w`),
);
const label = fc.constantFrom('yes', 'no', 'maybe', '007', '1.10', '1.1', '740245381351497731', '740245381351497730', 'été');

const content: fc.Arbitrary<Content> = fc.integer({ min: 6, max: 20 }).chain((rows) =>
  fc.record({
    numbers: fc.array(fc.tuple(number, number), { minLength: rows, maxLength: rows }),
    texts: fc.array(text, { minLength: rows, maxLength: rows }),
    labels: fc.array(label, { minLength: rows, maxLength: rows }),
  }),
);

const manner: fc.Arbitrary<Manner> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', ' '),
  end: fc.constantFrom('\n', '\r\n', '\r', 'mixed'),
  encoding: fc.constantFrom('utf-8', 'utf-8 with mark', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252'),
  header: fc.boolean(),
  decimal: fc.constantFrom('.', ','),
  thousands: fc.constantFrom('', ',', '.', ' ', "'"),
  trailing: fc.constantFrom('none', 'header', 'rows', 'both'),
  quoteAll: fc.boolean(),
  comments: fc.array(
    fc.constantFrom('# a comment', '# made by hand, on a rainy day, for nobody, with much care, and more', '#'),
    { maxLength: 2 },
  ),
  blankLines: fc.boolean(),
  lastEnd: fc.boolean(),
});

const names = ['first', 'second', 'kind', 'answer'];

function written(x: number, { decimal, thousands }: Manner): string {
  const [whole = '', fraction] = String(Math.abs(x)).split('.');
  const grouped = thousands === '' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, thousands);
  return `${x < 0 ? '-' : ''}${grouped}${fraction === undefined ? '' : decimal + fraction}`;
}

function textOf({ numbers, texts, labels }: Content, how: Manner): string {
  const quote = (cell: string): string => {
    const needed = how.quoteAll || /["\r\n\s,;|]/.test(cell) || cell.includes(how.delimiter);
    return needed ? `"${cell.replaceAll('"', '""')}"` : cell;
  };
  const line = (cells: readonly string[], trailing: boolean): string =>
    cells.map(quote).join(how.delimiter) + (trailing ? how.delimiter : '');
  const rows = numbers.map(([a, b], i) =>
    line([written(a!, how), written(b!, how), texts[i]!, labels[i]!], ['rows', 'both'].includes(how.trailing)),
  );
  const head = how.header ? [line(names, ['header', 'both'].includes(how.trailing))] : [];
  const lines = [...how.comments, ...head, ...rows];
  const ends = ['\n', '\r\n'];
  const joined = lines.map((row, i) => {
    const end = how.end === 'mixed' ? ends[i % 2]! : how.end;
    return row + (i === lines.length - 1 && !how.lastEnd ? '' : end) + (how.blankLines && i % 3 === 1 ? end : '');
  });
  return joined.join('');
}

function bytesOf(text: string, encoding: Manner['encoding']): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-8 with mark':
      return Buffer.from(`\ufeff${text}`);
    case 'utf-16le':
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'utf-16be':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    default:
      return Buffer.from(text, 'latin1');
  }
}

/** The rows as they can be seen in the table: numbers, the one category that is 1, the label as it would be printed. */
function seen({ data, target }: LoadedTable<true, DenseData>): unknown[] {
  const labels = target.kind === 'numbers' ? (target.texts ?? Array.from(target.values, String)) : target.values;
  return Array.from({ length: data.rows }, (_, i) => {
    const row = data.values.subarray(i * data.columns, (i + 1) * data.columns);
    const kinds = data.columnNames!.flatMap((name, k) =>
      k >= 2 && row[k] === 1 ? [name.slice(name.indexOf('=') + 1)] : [],
    );
    return [row[0]! + 0, row[1]! + 0, kinds, labels[i]];
  });
}

const expected = ({ numbers, texts, labels }: Content): unknown[] =>
  numbers.map(([a, b], i) => [a! + 0, b! + 0, [texts[i]!.trim()], labels[i]]);

async function check(
  table: Content,
  how: Manner,
  options: Omit<LoadOptions, 'needsTarget' | 'storage'>,
  mayRefuse: boolean,
): Promise<boolean> {
  fc.pre(how.decimal !== how.thousands);
  const path = await files.write('table.txt', bytesOf(textOf(table, how), how.encoding));
  let loaded: LoadedTable<true, DenseData>;
  try {
    loaded = await loadTable(path, { format: 'csv', storage: 'dense', ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(PlanesearchError);
    expect((error as PlanesearchError).message).toMatch(/^[^\n]+\.$/);
    if (!mayRefuse) throw error;
    return false;
  }
  // 1.234 is a fraction or a thousand: nothing in the file says which, so a notice has to.
  const ambiguous = how.thousands === '.' && options.thousands === undefined;
  if (ambiguous && loaded.notices.some((notice) => notice.includes('--thousands .'))) return true;
  expect(seen(loaded)).toEqual(expected(table));
  if (how.header) expect(loaded.data.columnNames!.slice(0, 2)).toEqual(['first', 'second']);
  return true;
}

const latin = (encoding: Manner['encoding']): Pick<LoadOptions, 'encoding'> =>
  encoding === 'latin1' || encoding === 'windows-1252' ? { encoding } : {};
/** A latin1 file holds latin1 text. */
const fits = ({ texts, labels }: Content, { encoding }: Manner): boolean =>
  !(encoding === 'latin1' || encoding === 'windows-1252') ||
  [...texts, ...labels].every((cell) => /^[\x20-\x7e\xa0-\xff]*$/.test(cell));

it('reads what it was told how to read', async () => {
  await fc.assert(
    fc.asyncProperty(content, manner, async (table, how) => {
      fc.pre(fits(table, how));
      const { delimiter, header, decimal, thousands } = how;
      // One comment mark is all that can be said of comments, and none of the texts begins with it.
      const comment = how.comments.length > 0 ? '#' : '';
      const options: Omit<LoadOptions, 'needsTarget' | 'storage'> = {
        delimiter,
        header,
        decimal,
        thousands,
        comment,
        numeric: [0, 1],
        categorical: [2],
        missing: [],
        task: 'classification',
        ...latin(how.encoding),
      };
      fc.pre(how.trailing !== 'header' || header);
      await check(table, how, options, false);
    }),
    { numRuns: 150 },
  );
});

it('reads what it has to guess, or refuses it', async () => {
  let read = 0;
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(content, manner, async (table, how) => {
      fc.pre(fits(table, how));
      tried++;
      if (await check(table, how, { task: 'classification' }, true)) read++;
    }),
    { numRuns: 400 },
  );
  // Refusing everything would be easy: plain files have to be read.
  expect(read).toBeGreaterThan(tried / 10);
});

it('reads plain files without being told anything', async () => {
  await fc.assert(
    fc.asyncProperty(content, manner, async (table, how) => {
      const plain: Manner = {
        ...how,
        decimal: '.',
        thousands: '',
        comments: how.comments.slice(0, 1),
        encoding: how.encoding === 'latin1' || how.encoding === 'windows-1252' ? 'utf-8' : how.encoding,
      };
      // A text of one of these marks alone is a missing value where nobody says otherwise.
      fc.pre(table.texts.every((cell) => !/^(w\s*w)?$/.test(cell)) && new Set(table.labels).size > 1);
      await check(table, plain, { task: 'classification' }, false);
    }),
    { numRuns: 150 },
  );
});
