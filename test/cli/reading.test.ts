/** The command line over files that are easily misread: what is told, what is refused, and which option decides. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onJavascript, pictures, planesearch, Recorder, trained, workspace } from './support.js';
import { run } from '../../lib/cli/run.js';
import { Model } from '../../lib/io/model.js';

const work = workspace();
const caseFile = (name: string): string => path.join(import.meta.dirname, '..', 'data', 'cases', `${name}.csv`);
const quick = ['--max-iterations', '20'];

async function refusal(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await onJavascript(argv);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^planesearch: [^\n]+\.\n$/);
  return stderr;
}

/** The different lines that the model predicts for its own data. */
async function classesPrinted(data: string, ...options: string[]): Promise<string[]> {
  const model = work.path('classes.model');
  await trained(data, ...quick, '--standardize', '--out', model, ...options);
  const encoding = options[options.indexOf('--encoding') + 1];
  const { code, stdout } = await onJavascript([
    'predict',
    model,
    data,
    ...(options.includes('--encoding') ? ['--encoding', encoding!] : []),
  ]);
  expect(code).toBe(0);
  return [...new Set(stdout.trimEnd().split('\n'))].sort();
}

const classesOf = async (model: string): Promise<readonly (string | number)[] | undefined> =>
  (await Model.load(model)).spec.task.classes;

describe('the cases', () => {
  it('one N/A among numbers is refused with row and column', async () => {
    expect(await refusal('train', caseFile('one-na-cell'))).toMatch(
      /Line 19 of .*one-na-cell\.csv', column 'x', .*holds 'N\/A'/,
    );
  });

  it('thousands separators and decimal commas are refused with the option, and regressed with it', async () => {
    expect(await refusal('train', caseFile('thousands-separators'))).toContain('--thousands ,');
    expect(await trained(caseFile('thousands-separators'), '--thousands', ',', '--standardize')).toMatchObject({
      n: 20,
      d: 1,
      loss: 'squared',
    });
    expect(await refusal('train', caseFile('decimal-commas'))).toContain('--decimal ,');
    expect(await trained(caseFile('decimal-commas'), '--decimal', ',')).toMatchObject({ n: 20, d: 2, loss: 'squared' });
  });

  it('headers over text and of years are headers', async () => {
    const text = await trained(caseFile('text-columns-with-header'), ...quick);
    expect(text).toMatchObject({ n: 12, d: 14, loss: 'logistic' });
    expect(text['notices']).toEqual([
      expect.stringContaining('the first line for column names'),
      expect.stringContaining("'name' has 12 categories in 12 rows"),
    ]);
    expect(await trained(caseFile('text-columns-with-header'), ...quick, '--ignore', 'name')).toMatchObject({ n: 12, d: 2 });
    expect(await trained(caseFile('years-as-column-names'), ...quick)).toMatchObject({ n: 3, d: 2, loss: 'squared' });
    expect(await trained(caseFile('years-as-column-names'), ...quick, '--header', 'no', '--categorical', '0')).toMatchObject(
      { n: 4, d: 5 },
    );
  });

  it('labels are printed as they stand in the file', async () => {
    const model = work.path('labels.model');
    await trained(caseFile('labels-above-2-53'), ...quick, '--out', model);
    expect(await classesOf(model)).toEqual(['740245381351497730', '740245381351497731', '740245381351497800']);
    expect(await classesPrinted(caseFile('labels-with-leading-zeros'))).toEqual(['01234', '02138']);
    await trained(caseFile('latin-1'), ...quick, '--encoding', 'latin1', '--out', model);
    expect(await classesOf(model)).toEqual(['ham', 'käse', 'köse']);
    expect(await refusal('train', caseFile('latin-1'))).toMatch(/Line 2 of .*must be UTF-8 text.*--encoding/);
  });

  it('two kinds of line ends are read', async () => {
    expect(await trained(caseFile('crlf-then-lf'), ...quick)).toMatchObject({ n: 20, d: 2, loss: 'logistic' });
  });

  it.each([
    ['line-far-from-zero', 4, 1],
    ['mixed-units', 200, 3],
    ['powers-1-to-5', 21, 5],
    ['epoch-seconds-class', 300, 1],
  ])('%s is read as numbers', async (name, n, d) => {
    expect(await trained(caseFile(name), ...quick)).toMatchObject({ n, d });
  });
});

describe('the options', () => {
  const file = work.write(
    'options.csv',
    ['// by hand', '"a, b"|kind|y', '1.000,5|x|1', '2,5|y|2', '-9|x|3', '3,5|y|4'].join('\n'),
  );
  const all = ['--comment', '//', '--delimiter', 'pipe', '--decimal', ',', '--thousands', '.', '--header', 'yes', ...quick];

  it('say together what nobody could guess', async () => {
    expect(await trained(file, ...all)).toMatchObject({
      n: 4,
      d: 3,
      notices: [expect.stringContaining('1 column for numbers')],
    });
    expect(await trained(file, ...all, '--ignore', '"a, b"', '--categorical', 'kind')).toMatchObject({ n: 4, d: 2 });
    expect(await trained(file, ...all, '--task', 'classification')).toMatchObject({ loss: 'softmax' });
    expect(await refusal('train', file, ...all, '--missing', 'NA,-9')).toMatch(
      /Line 5 of .*column 'a, b', .*missing values.*'-9'/,
    );
    expect(await refusal('train', file, ...all, '--limits', 'rows=3')).toContain('more than 3 rows; --limits rows=6');
    const lines = work.write('limits.svm', '1 1:1 2:3\n-1 1:2 2:1\n1 2:5\n');
    expect(await refusal('train', lines, '--limits', 'rows=2')).toContain('more than 2 rows; --limits rows=4');
    expect(await refusal('train', lines, '--limits', 'columns=1')).toContain('more than 1 columns; --limits columns=2');
    expect(await onJavascript(['train', lines, '--encoding', 'latin1'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The option encoding must come with csv data, but the format is libsvm.'),
    });
    expect(await refusal('train', file, ...all, '--numeric', 'kind')).toContain(
      "column 'kind', must hold a number, but holds 'x'",
    );
  });

  it.each<[string[], RegExp | string]>([
    [['--header', 'maybe'], "--header must be yes or no, but 'maybe' was given."],
    [['--decimal', ';'], "--decimal must be one of ., ,, but ';' was given."],
    [['--encoding', 'ascii'], /^--encoding must be one of utf-8, latin1, .*'ascii' was given\.$/],
    [['--task', 'ranking'], /^--task must be one of auto, classification, regression/],
    [['--index-base', '2'], "--index-base must be 0 or 1, but '2' was given."],
    [['--limits', 'rows'], /^--limits must be a list of name=n .*fileBytes, inputBytes, rowBytes, fields, rows/],
    [['--limits', 'rows=0'], /^--limits must be/],
    [['--limits', '__proto__=5'], /^--limits must be/],
    [['--delimiter', 'xy'], /^--delimiter must be one character/],
    [['--thousands', '5'], /^--thousands must be one character/],
    [['--task', 'classification', '--loss', 'squared'], /must be one for classification, but 'squared'/],
    [['--ignore', '"a'], /^--ignore must be a list separated by commas/],
  ])('%j is wrong usage', async (options, sentence) => {
    const { code, stderr } = await planesearch(['train', caseFile('crlf-then-lf'), ...options]);
    expect(code).toBe(2);
    const said = stderr.slice('planesearch: '.length, -1);
    if (typeof sentence === 'string') expect(said).toBe(sentence);
    else expect(said).toMatch(sentence);
  });

  it('of one format are refused with another', async () => {
    const svm = work.write('o.svm', '1 0:1\n-1 1:1\n');
    expect((await planesearch(['train', svm, '--header', 'yes'])).stderr).toContain(
      'The option header must come with csv data',
    );
    expect((await planesearch(['train', caseFile('crlf-then-lf'), '--index-base', '0'])).stderr).toContain(
      'The option indexBase must come with libsvm data',
    );
    expect(await trained(svm, '--index-base', '0')).toMatchObject({ n: 2, d: 2 });
  });
});

describe('predictions', () => {
  const model = work.path('m.model');
  const labels = ['yes', 'no'];
  const data = work.write(
    'train.csv',
    [
      'size,color,answer',
      ...Array.from({ length: 40 }, (_, i) => `${i % 7},${['red', 'blue'][i % 2]},${labels[i % 2]}`),
    ].join('\n'),
  );
  beforeAll(async () => {
    await trained(data, '--out', model);
  });

  it('tell of unknown categories and missing cells once, with an empty line where there is nothing to say', async () => {
    const file = work.write('new.csv', 'size,color\n1,red\n2,green\nNA,blue\n3,\n4,blue\n');
    const { code, stdout, stderr } = await onJavascript(['predict', model, file]);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect([lines[0], lines[2], lines[4], lines.length]).toEqual(['yes', '', 'no', 6]);
    expect(stderr.split('\n')).toEqual([
      `planesearch: '${file}': 1 cell holds a category that the training data does not have, and counts as none of its categories ('color': 'green'); --strict refuses them.`,
      `planesearch: '${file}': 2 cells are missing ('size': 1, 'color': 1); --strict refuses them.`,
      'planesearch: 1 row with a missing number has an empty line for its prediction.',
      '',
    ]);
    expect((await onJavascript(['predict', model, file, '--quiet'])).stderr).toBe('');
    expect(await refusal('predict', model, file, '--strict')).toMatch(
      /Line 3 of .*must hold a category of the training data, but holds 'green'/,
    );
    const gap = work.write('gap.csv', 'size,color\n,red\n');
    expect(await refusal('predict', model, gap, '--strict')).toMatch(/Line 2 of .*column 'size', .*an empty cell/);
  });

  it('evaluate tells too, in its JSON when that is asked for', async () => {
    const file = work.write('eval.csv', 'size,color,answer\n1,red,yes\n2,green,no\n');
    expect((await onJavascript(['evaluate', model, file])).stderr).toContain("'color': 'green'");
    const { stdout, stderr } = await onJavascript(['evaluate', model, file, '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ n: 2, notices: [expect.stringContaining("'color': 'green'")] });
  });

  it('from arrays of pixels agree with those from the file, or are refused', async () => {
    const { images, labels: digits } = pictures(60, 3);
    const [x, y, out] = [work.write('images', images), work.write('labels', digits), work.path('pixels.model')];
    const { notices } = await trained(x, '--labels', y, ...quick, '--out', out);
    expect(notices).toEqual([expect.stringContaining('divided by 255')]);
    const { stdout } = await onJavascript(['predict', out, x]);
    const trainedModel = await Model.load(out);
    expect(trainedModel.spec.schema).toMatchObject({ format: 'idx', divisor: 255 });
    const raw = Float64Array.from(images.subarray(16));
    const shape = { rows: 60, columns: 16 };
    expect((await trainedModel.predict({ values: raw.map((value) => value / 255), ...shape })).map(String)).toEqual(
      stdout.trimEnd().split('\n'),
    );
    await expect(trainedModel.predict({ values: raw, ...shape })).rejects.toThrow('X must hold pixels divided by 255');
  });
});

describe('what is quoted from data does nothing to a terminal', () => {
  const escape = '\u001b[31mred\u001b[0m';
  const harmless = String.raw`\u{1b}[31mred\u{1b}[0m`;

  it('in errors and notices', async () => {
    const bad = work.write('escape.csv', `a,y\n1,2\n${escape},3\n4,5\n`);
    expect(await refusal('train', bad)).toContain(`holds '${harmless}'`);
    const named = work.write('named.csv', `${escape},"line\nend",y\n1,2,3\n4,5,6\n7,8,9\n`);
    const { stderr } = await onJavascript(['train', named, ...quick]);
    expect(stderr).not.toMatch(/[^\P{Cc}\n]/u);
    expect(await refusal('train', named, '--target', 'z')).toContain(harmless);
    expect(await refusal('train', work.path(`none${escape}.csv`))).toContain(harmless);
  });

  it('in predictions on a terminal, whose lines are rows anywhere', async () => {
    const data = work.write(
      'labels.csv',
      `x,y\n${[1, 2, 3, 4, 5, 6].map((i) => `${i},"${i > 3 ? escape : 'two\nlines'}"`).join('\n')}\n`,
    );
    const model = work.path('escape.model');
    await trained(data, '--standardize', '--out', model);
    const print = async (isTTY: boolean): Promise<string[]> => {
      const stdout = new Recorder(isTTY);
      expect(await run(['predict', model, data, '--backend', 'javascript'], { stdout, stderr: new Recorder() })).toBe(0);
      return stdout.text.trimEnd().split('\n');
    };
    expect(new Set(await print(true))).toEqual(new Set([harmless, String.raw`two\nlines`]));
    expect(new Set(await print(false))).toEqual(new Set([escape, String.raw`two\nlines`]));
  });
});

describe('how X is kept', () => {
  it('is told when it is not a dense matrix of float64, and is as it was asked for', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i % 2} ${1 + (i % 10)}:${1 + (i % 3)} 20:1`);
    const svm = work.write('kept.svm', `${rows.join('\n')}\n`);
    const data = async (...options: string[]): Promise<string> =>
      /^data +(.*)$/m.exec((await planesearch(['train', svm, ...options])).stdout)![1]!;
    expect(await data()).toBe('20 rows x 20 columns (sparse), 2 classes');
    expect(await data('--storage', 'dense')).toBe('20 rows x 20 columns, 2 classes');
    expect(await data('--precision', 'float32')).toBe('20 rows x 20 columns (sparse, float32), 2 classes');
    expect(await data('--storage', 'dense', '--precision', 'float32')).toBe('20 rows x 20 columns (float32), 2 classes');
    const json = async (...options: string[]): Promise<{ storage: string; precision: string; objective: number }> =>
      JSON.parse((await planesearch(['train', svm, '--json', ...options])).stdout);
    const [sparse, dense] = [await json(), await json('--storage', 'dense')];
    expect([sparse.storage, sparse.precision, dense.storage]).toEqual(['sparse', 'float64', 'dense']);
    expect(sparse.objective).toBeCloseTo(dense.objective, 9);
    expect((await planesearch(['train', svm, '--precision', 'half'])).stderr).toContain(
      "--precision must be one of auto, float64, float32, but 'half' was given.",
    );
    const table = work.write('kept.csv', 'a,b\n1,2\n3,4\n');
    expect((await planesearch(['train', table, '--storage', 'sparse'])).stdout).toContain('(sparse)');
  });
});
