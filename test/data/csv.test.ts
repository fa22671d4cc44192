import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv, type CsvOptions } from '../../lib/data/csv.js';
import type { DenseData } from '../../lib/data/dense.js';
import type { CsvSchema, Table } from '../../lib/data/table.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const train = { needsTarget: true };

async function read(text: string, options: CsvOptions = train): Promise<Table<DenseData>> {
  return readCsv(await files.write('data.csv', text), options);
}

async function schemaOf(text: string, options: CsvOptions = train): Promise<CsvSchema> {
  const { schema } = await read(text, options);
  return JSON.parse(JSON.stringify(schema)) as CsvSchema;
}

function rowsOf({ data }: Table<DenseData>): number[][] {
  return Array.from({ length: data.rows }, (_, i) => [...data.values.subarray(i * data.columns, (i + 1) * data.columns)]);
}

describe('readCsv: training', () => {
  it('reads numbers without a header, the last column being the target', async () => {
    const table = await read('1,2.5,-3\n4e0,+5,0.5\n');
    expect(rowsOf(table)).toEqual([
      [1, 2.5],
      [4, 5],
    ]);
    expect(table.data.columnNames).toEqual(['column 0', 'column 1']);
    expect(table.target).toEqual({ kind: 'numbers', values: Float64Array.of(-3, 0.5) });
  });

  it('reads a header, quoted fields with commas, quotes and line ends, blanks around, CRLF and a byte order mark', async () => {
    const text = '\ufeff"name, full",size , label\r\n"a ""b""", 1 ,yes\r\n\r\n"c\nd",2,no\r\n';
    const table = await read(text);
    expect(table.data.columnNames).toEqual(['name, full=a "b"', 'name, full=c\nd', 'size']);
    expect(rowsOf(table)).toEqual([
      [1, 0, 1],
      [0, 1, 2],
    ]);
    expect(table.target).toEqual({ kind: 'strings', values: ['yes', 'no'] });
  });

  it.each([
    ['b', 1],
    ['1', 1],
    [1, 1],
    [-2, 1],
    ['-2', 1],
    [0, 0],
    ['a', 0],
    [-3, 0],
    [-1, 2],
    [undefined, 2],
  ])('takes %j for the target column', async (target, at) => {
    const table = await read('a,b,c\n1,2,3\n4,5,6\n', { needsTarget: true, target });
    expect(table.target).toEqual({ kind: 'numbers', values: Float64Array.of(1 + at, 4 + at) });
    expect(table.data.columnNames).toEqual(['a', 'b', 'c'].filter((_, k) => k !== at));
  });

  it('encodes a column with any text one-hot, in ascending order, spelled as written', async () => {
    const table = await read('x,kind,y\n1,b,0\n2,10,1\n3,a,0\n4,1.0,1\n5,b,0\n');
    expect(table.data.columnNames).toEqual(['x', 'kind=1.0', 'kind=10', 'kind=a', 'kind=b']);
    expect(rowsOf(table)).toEqual([
      [1, 0, 0, 0, 1],
      [2, 0, 1, 0, 0],
      [3, 0, 0, 1, 0],
      [4, 1, 0, 0, 0],
      [5, 0, 0, 0, 1],
    ]);
  });

  it('refuses text far behind the first rows of a column of numbers, and takes it when told', async () => {
    const text = `x,code,y\n${Array.from({ length: 3000 }, (_, i) => `${i},0${i % 2},${i % 3}\n`).join('')}3000,A,many\n`;
    await expectError(
      () => read(text),
      'INVALID_DATA',
      'Line 3002 of ',
      "column 'code', must hold a number, but holds 'A'",
      '--categorical',
    );
    const categorical = ['code'];
    await expectError(
      () => read(text, { ...train, categorical }),
      'INVALID_DATA',
      "column 'y', must hold a number, but holds 'many'",
    );
    const table = await read(text, { ...train, categorical, task: 'classification' });
    expect(table.data.columnNames).toEqual(['x', 'code=00', 'code=01', 'code=A']);
    expect(rowsOf(table).slice(-2)).toEqual([
      [2999, 0, 1, 0],
      [3000, 0, 0, 1],
    ]);
    expect(table.target?.kind).toBe('strings');
    expect(table.target?.values.slice(-2)).toEqual(['2', 'many']);
  });

  it('splits at what the first line has most of', async () => {
    expect(rowsOf(await read('a;b\n1;2\n3;4\n'))).toEqual([[1], [3]]);
    expect(rowsOf(await read('1\t2\n3\t4\n'))).toEqual([[1], [3]]);
    expect((await read('size, in m;b;y\n1;2;3\n')).data.columnNames).toEqual(['size, in m', 'b']);
    expect((await read('a;b,y\n1,2\n')).data.columnNames).toEqual(['a;b']);
  });

  it('leaves quoted fields and blank lines out of the count', async () => {
    for (const name of ['a, first', 'a, the, very, first', 'a,\nfirst', 'a ""one"", first, of, all']) {
      const table = await read(`\r\n"${name}";b;y\r\n1;2;3\r\n`);
      expect(table.data.columnNames).toEqual([name.replaceAll('""', '"'), 'b']);
      expect(rowsOf(table)).toEqual([[1, 2]]);
    }
  });

  it('splits a file named .tsv at tabs, whatever its header has', async () => {
    const text = 'a, b, c\ty\n1\t2\n3\t4\n';
    for (const path of [await files.write('t.tsv', text), await files.writeGzip('T.TSV.gz', text)]) {
      const table = await readCsv(path, { needsTarget: true });
      expect(table.data.columnNames).toEqual(['a, b, c']);
      expect(rowsOf(table)).toEqual([[1], [3]]);
    }
  });

  it('gives back any table that is written in the way of RFC 4180', async () => {
    const word = fc.string({ maxLength: 6 }).map((text) => `w${text.replace(/[\r\0]/g, '')}w`);
    const record = fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), word, fc.integer());
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 2, maxLength: 20 }), async (records) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = records.map(([x, name, y]) => `${x},${quote(name)},${y}`).join('\n');
        const table = await read(text, { needsTarget: true, header: false });
        const { columnNames } = table.data;
        rowsOf(table).forEach(([x, ...oneHot], i) => {
          expect(x! + 0).toBe(records[i]![0] + 0);
          expect(oneHot.filter((value) => value === 1)).toHaveLength(1);
          expect(columnNames![1 + oneHot.indexOf(1)]).toBe(`column 1=${records[i]![1]}`);
        });
        expect(table.target?.values).toEqual(Float64Array.from(records, ([, , y]) => y));
      }),
      { numRuns: 50 },
    );
  });

  it('takes all columns for features when no target is wanted', async () => {
    const table = await read('a,b\n1,2\n3,4\n', { needsTarget: false });
    expect(table.data.columns).toBe(2);
    expect(table.target).toBeNull();
  });
});

describe('readCsv: bad input', () => {
  it.each([
    ['a,b\n1,2\n,3\n', 'Line 3', "column 'a'", 'missing values', 'an empty cell'],
    ['a,b\n1,2\n3,?\n', 'Line 3', "column 'b'", "holds '?'"],
    ['1,2\n3,4\n\nNA,5\n', 'Line 4', 'column 0', "holds 'NA'"],
    ['1,2\nnan,5\n', 'Line 2', 'column 0', "holds 'nan'"],
    ['a,b\nx,1\n"",2\n', 'Line 3', "column 'a'", 'an empty cell'],
    ['a,b\n"x\ny",1\nnull,2\n', 'Line 4', "column 'a'", "holds 'null'"],
    ['a,b\r\n"x\r\ny",1\r\nnull,2\r\n', 'Line 4', "column 'a'", "holds 'null'"],
    ['a,b\n1,2\nInfinity,3\n', 'Line 3', "column 'a'", "a finite value, but holds 'Infinity'"],
    ['a,b\n1,2\n-inf,3\n', 'Line 3', "holds '-inf'"],
    ['a,b\n1,2\n1e999,3\n', 'Line 3', "holds '1e999'"],
    ['a,b,c\n1,2,3\n4,5\n', 'Line 3', 'must have 3 fields like the first row, but has 2'],
    ['a,b,c\n1,2,3,4\n', 'Line 2', 'has 4'],
    ['a,b,c\n1,2,3,,\n', 'Line 2', 'has 5'],
    ['a,b\n', 'a header but no data rows'],
    ['\n\n', 'holds no data rows'],
    ['y\n1\n2\n', 'has no feature columns', "the target 'y'"],
    ['a,a,y\n1,2,3\n', "two columns named 'a'"],
    ['a,b\n1,"2\n3,4\n', 'a quote that is never closed'],
    ['a,b\n1,x"y"\n', 'Line 2', 'a quote in the middle of a field'],
    ['a,b\n1,"x"y\n', 'Line 2', 'a quote in the middle of a field'],
  ])('refuses %j', (text, ...parts) => {
    const header = text === 'a,b\n' ? true : undefined;
    return expectError(() => read(text, { needsTarget: true, header }), 'INVALID_DATA', ...parts);
  });

  it('lists the columns when the target is not among them', async () => {
    const named = (): Promise<Table> => read('a,b\n1,2\n3,4\n', { needsTarget: true, target: 'c' });
    await expectError(named, 'INVALID_DATA', 'one of a, b, or an index from -2 to 1', "'c' was given");
    const plain = (target: string | number): Promise<Table> => read('1,2\n3,4\n', { needsTarget: true, target });
    await expectError(() => plain('c'), 'INVALID_DATA', 'must be an index from -2 to 1');
    await expectError(() => plain(2), 'INVALID_DATA', '2 was given');
    await expectError(() => plain(-3), 'INVALID_DATA', '-3 was given');
  });
});

describe('readCsv: with the schema of a model', () => {
  const training = 'size,color,label\n1,red,yes\n2,blue,no\n3,red,no\n';
  const evaluate = async (text: string, extra: Partial<CsvOptions> = {}): Promise<Table<DenseData>> =>
    read(text, { schema: await schemaOf(training), needsTarget: true, ...extra });
  const predict = async (text: string): Promise<Table<DenseData>> => evaluate(text, { needsTarget: false });

  it('is a plain JSON object', async () => {
    expect(await schemaOf(training)).toEqual({
      format: 'csv',
      columns: 3,
      width: 3,
      header: true,
      features: [
        { name: 'size', source: 0, kind: 'numeric' },
        { name: 'color', source: 1, kind: 'categorical', categories: ['blue', 'red'] },
      ],
      target: { name: 'label', source: 2, kind: 'strings' },
    });
  });

  it('matches by name whatever the order, ignoring further columns', async () => {
    const table = await evaluate('id,label,color,size\n7,yes,red,5\n8,no,blue,6\n');
    expect(rowsOf(table)).toEqual([
      [5, 0, 1],
      [6, 1, 0],
    ]);
    expect(table.target).toEqual({ kind: 'strings', values: ['yes', 'no'] });
    expect(rowsOf(await predict('color,size\nblue,5\n'))).toEqual([[5, 1, 0]]);
  });

  it('matches by position without a header, with or without the target', async () => {
    expect(rowsOf(await evaluate('5,red,yes\n6,blue,no\n'))).toEqual([
      [5, 0, 1],
      [6, 1, 0],
    ]);
    expect(rowsOf(await predict('5,red,yes\n'))).toEqual([[5, 0, 1]]);
    expect(rowsOf(await predict('5,red\n6,blue\n'))).toEqual([
      [5, 0, 1],
      [6, 1, 0],
    ]);
  });

  it('leaves the gap of an absent target that was not the last column', async () => {
    const schema = await schemaOf('y,a,b\n1,2,3\n4,5,7\n', { needsTarget: true, target: 'y' });
    expect(rowsOf(await read('8,9\n10,11\n', { schema, needsTarget: false }))).toEqual([
      [8, 9],
      [10, 11],
    ]);
    expect(rowsOf(await read('0,8,9\n0,10,11\n', { schema, needsTarget: false }))).toEqual([
      [8, 9],
      [10, 11],
    ]);
  });

  it('makes a category never seen in training all zeros', async () => {
    expect(rowsOf(await predict('size,color\n5,green\n6,red\n'))).toEqual([
      [5, 0, 0],
      [6, 0, 1],
    ]);
  });

  it('tells how many cells hold such a category, or refuses them', async () => {
    const text = 'size,color\n5,green\n6,red\n7,pink\n8,green\n';
    const schema = await schemaOf(training);
    const { notices } = await readCsv(await files.write('unseen.csv', text), { schema, needsTarget: false });
    expect(notices).toEqual([
      `'${files.path('unseen.csv')}': 3 cells hold categories that the training data does not have, and count as none of its categories ` +
        "('color': 'green', 'pink'); --strict refuses them.",
    ]);
    await expectError(
      () => read(text, { schema, needsTarget: false, strict: true }),
      'INVALID_DATA',
      'Line 2',
      "column 'color', must hold a category of the training data, but holds 'green'",
    );
  });

  it('keeps missing cells apart when asked to: NaN among numbers, no category among text', async () => {
    const schema = await schemaOf(training);
    const text = 'size,color\n5,red\nNA,red\n7,\n';
    await expectError(() => read(text, { schema, needsTarget: false }), 'INVALID_DATA', 'Line 3', 'missing values');
    const table = await readCsv(await files.write('gaps.csv', text), { schema, needsTarget: false, missingCells: 'keep' });
    expect(rowsOf(table)).toEqual([
      [5, 0, 1],
      [NaN, 0, 1],
      [7, 0, 0],
    ]);
    expect(table.incompleteRows).toEqual([1]);
    expect(table.notices).toEqual([
      `'${files.path('gaps.csv')}': 2 cells are missing ('size': 1, 'color': 1); --strict refuses them.`,
    ]);
  });

  it('reads numbers and missing marks as the training file had them', async () => {
    const numbers = { decimal: ',', thousands: '.', missing: ['-9'] } as const;
    const schema = await schemaOf('a;y\n1.000,5;1\n2,5;2\n', { needsTarget: true, ...numbers });
    expect(schema).toMatchObject({ numbers: { decimal: ',', thousands: '.' }, missing: ['-9'] });
    expect(rowsOf(await read('a\n"3.000,25"\n4\n', { schema, needsTarget: false }))).toEqual([[3000.25], [4]]);
    await expectError(() => read('a\n-9\n', { schema, needsTarget: false }), 'INVALID_DATA', 'missing values');
    expect(rowsOf(await read('a\n3.5\n', { schema, needsTarget: false, decimal: '.', thousands: '' }))).toEqual([[3.5]]);
  });

  it('tells when the header of a file without the names was a guess', async () => {
    const schema = await schemaOf(training);
    const { notices } = await readCsv(await files.write('plain.csv', '5,red\n6,blue\n'), { schema, needsTarget: false });
    expect(notices).toEqual([
      `'${files.path('plain.csv')}': took no line for column names, and columns by their place (--header).`,
    ]);
  });

  it('takes any text for a name, those of objects too', async () => {
    const text =
      '__proto__,constructor,toString\n1,__proto__,hasOwnProperty\n2,constructor,__proto__\n3,__proto__,hasOwnProperty\n4,valueOf,__proto__\n';
    const table = await read(text);
    expect(table.data.columnNames).toEqual([
      '__proto__',
      'constructor=__proto__',
      'constructor=constructor',
      'constructor=valueOf',
    ]);
    expect(rowsOf(table)).toEqual([
      [1, 1, 0, 0],
      [2, 0, 1, 0],
      [3, 1, 0, 0],
      [4, 0, 0, 1],
    ]);
    expect(table.target?.values).toEqual(['hasOwnProperty', '__proto__', 'hasOwnProperty', '__proto__']);
    expect(
      rowsOf(
        await read('toString,constructor,__proto__\nx,valueOf,7\n', { schema: await schemaOf(text), needsTarget: false }),
      ),
    ).toEqual([[7, 0, 0, 1]]);
  });

  it('does not read the target for a prediction, however bad it is', async () => {
    expect((await predict('size,color,label\n5,red,?\n')).target).toBeNull();
  });

  it('reads labels as the model has them', async () => {
    const schema = await schemaOf('x,y\n1,1\n2,a\n');
    expect((await read('x,y\n1,01\n2,1\n', { schema, needsTarget: true })).target).toEqual({
      kind: 'strings',
      values: ['01', '1'],
    });
  });

  it('takes a row of text over categorical columns for data when the schema says so', async () => {
    const schema = await schemaOf('A,1\n2,2\nB,1\n', { needsTarget: true, header: false });
    expect(rowsOf(await read('A\n2\n2\n', { schema, needsTarget: false }))).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });

  it('refuses absent columns, an absent target, text for a number, other widths', async () => {
    await expectError(
      () => predict('size,label\n5,yes\n'),
      'INVALID_DATA',
      "has no column 'color'; its columns are size, label",
    );
    await expectError(() => evaluate('size,color\n5,red\n'), 'INVALID_DATA', "has no target column 'label'");
    await expectError(() => evaluate('5,red\n6,red\n'), 'INVALID_DATA', 'must have 3 columns with the target', 'but has 2');
    await expectError(
      () => predict('size,color\n5,red\nbig,red\n'),
      'INVALID_DATA',
      'Line 3',
      "column 'size'",
      "a number, but holds 'big'",
    );
    await expectError(
      () => predict('5\n6\n'),
      'DIMENSION_MISMATCH',
      '3 columns with the target, or 2 without the target',
      'but has 1',
    );
    await expectError(() => evaluate('1,2,3,4\n5,6,7,8\n'), 'DIMENSION_MISMATCH', 'but has 4');
    await expectError(() => predict('size,color\n'), 'INVALID_DATA', 'a header but no data rows');
    await expectError(() => predict('size,color\n5,\n'), 'INVALID_DATA', 'Line 2', "column 'color'", 'an empty cell');
  });
});
