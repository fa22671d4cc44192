import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  csvRows,
  idx,
  libsvmRows,
  onJavascript,
  pictures,
  planesearch,
  trained,
  workspace,
  type Outcome,
} from './support.js';

const work = workspace();
const { path } = work;
const pair = pictures(20, 1);
const good = csvRows(40, 1);
work.write('good.csv', good);
work.write('good.svm', libsvmRows(30, 1));
work.write('images', pair.images);
work.write('labels', pair.labels);
work.write('empty.csv', '');
work.write('blank.csv', '\n\n');
work.write('header-only.csv', 'height,weight,the color,answer\n');
work.write('comments-only.svm', '# nothing\n\n');
work.write('no-images', idx([0, 4, 4], new Uint8Array(0)));
work.write('ragged.csv', 'a,b,y\n1,2,0\n3,4\n5,6,1\n');
work.write('nan.csv', 'a,b,y\n1,2,0\n3,NaN,1\n');
work.write('infinity.csv', 'a,b,y\n1,2,0\n3,Infinity,1\n');
work.write('missing.csv', 'a,b,y\n1,2,0\n3,,1\n');
work.write('nan.svm', '1 1:2\n-1 1:nan\n');
work.write('infinity.svm', '1 1:2\n-1 1:inf\n');
work.write('one-class.svm', '1 1:2\n1 1:3\n');
work.write('few-labels', idx([19], pair.labels.subarray(8, 27)));
work.write('other-label.csv', `${good}1,2,red,perhaps\n`);
writeFileSync(path('truncated.csv.gz'), gzipSync(good).subarray(0, 200));
work.write('narrow.csv', '1,2\n');
work.write('wide.csv', '1,2,red,4,5,yes\n');
work.write('no-target.csv', 'height,weight,the color\n1,2,red\n');
work.write('no-model', 'this is text, not a model, and long enough to have a header');
const model = path('good.model');

/** The sentence on standard error, having checked that there is one and nothing else, and that no file came or went. */
async function refusal(
  argv: readonly string[],
  command = onJavascript,
): Promise<Pick<Outcome, 'code'> & { sentence: string }> {
  const before = readdirSync(work.folder);
  const { code, stdout, stderr } = await command(argv);
  expect(readdirSync(work.folder)).toEqual(before);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^planesearch: [^\n]+[.)]\n$/);
  return { code, sentence: stderr.slice('planesearch: '.length, -1) };
}

describe('train refuses', () => {
  it.each<[string, string[], RegExp]>([
    ['a missing file', ['nowhere.csv'], /There is no file '.*nowhere\.csv'/],
    ['an empty file', ['empty.csv'], /'.*empty\.csv' is empty/],
    ['a file without rows', ['blank.csv'], /no data rows/],
    ['a LIBSVM file without rows', ['comments-only.svm'], /no data rows/],
    ['an IDX file of zero images', ['no-images', '--labels', path('labels')], /no values.*0 x 4 x 4/],
    ['a ragged row', ['ragged.csv'], /line 3.*\b2\b.*\b3\b|line 3.*\b3\b.*\b2\b/i],
    ['NaN in a CSV file', ['nan.csv'], /line 3.*'b'|'b'.*line 3/i],
    ['Infinity in a CSV file', ['infinity.csv'], /line 3.*'b'|'b'.*line 3/i],
    ['a missing value', ['missing.csv'], /line 3.*'b'|'b'.*line 3/i],
    ['NaN in a LIBSVM file', ['nan.svm'], /line 2/i],
    ['Infinity in a LIBSVM file', ['infinity.svm'], /line 2/i],
    ['one class only', ['one-class.svm'], /at least two distinct values/],
    ['another number of labels than of rows', ['images', '--labels', path('few-labels')], /19 labels.*20 rows/],
    [
      'a test label that training has not seen',
      ['good.csv', '--test', path('other-label.csv')],
      /among the 2 classes.*'perhaps'/,
    ],
    ['a test file without the target', ['good.csv', '--test', path('no-target.csv')], /no target column 'answer'/],
    ['a truncated gzip file', ['truncated.csv.gz'], /truncated gzip/],
    ['a folder for --out that does not exist', ['good.csv', '--out', path('nowhere/model')], /^--out cannot be written/],
    [
      'a folder as --out',
      ['good.csv', '--out', work.folder],
      /^--out cannot be written to .*: it is a folder, not a regular file\.$/,
    ],
    [
      'a folder for --trace that does not exist',
      ['good.csv', '--trace', path('nowhere/trace')],
      /^--trace cannot be written/,
    ],
  ])('%s', async (_what, [file, ...options], sentence) => {
    const result = await refusal(['train', path(file!), '--out', path('out'), '--trace', path('trace'), ...options]);
    expect(result.sentence).toMatch(sentence);
    expect(result.code).toBe(1);
  });

  it.each<[string[], RegExp]>([
    [['--target', 'color'], /one of height, weight, the color, answer, or an index from -4 to 3, but 'color' was given/],
    [['--target', '4'], /one of height, weight, the color, answer, or an index from -4 to 3, but '4' was given/],
  ])('a target column that is not there: %j', async (options, sentence) => {
    const result = await refusal(['train', path('good.csv'), ...options]);
    expect(result.sentence).toMatch(sentence);
    expect(result.code).toBe(1);
  });
});

describe('wrong usage', () => {
  it.each<[string[], string | RegExp]>([
    [['--format', 'xml'], "--format must be one of csv, jsonl, libsvm, idx, npy, npz, parquet, arrow, but 'xml' was given."],
    [['--out', '--json'], "--out must be followed by its value, but '--json' was given."],
    [['--network', 'cnn'], "--network must be one of linear, mlp, gated, linearly-gated, skip, but 'cnn' was given."],
    [['--activation', 'elu'], "--activation must be one of identity, tanh, relu, sigmoid, but 'elu' was given."],
    [
      ['--loss', 'hinge'],
      "--loss must be one of auto, squared, logistic, softmax, huber, squared-hinge, poisson, gamma, tweedie, but 'hinge' was given.",
    ],
    [['--direction', 'up'], /^--direction must be one of .*gradient.*lbfgs.*, but 'up' was given\.$/],
    [['--steps', 'big'], /^--steps must be one of .*fixed.*layerwise.*, but 'big' was given\.$/],
    [['--solver', 'newton'], /^--solver must be one of .*gauss-newton.*, but 'newton' was given\.$/],
    [['--backend', 'gpu'], "--backend must be one of auto, native, wasm, javascript, but 'gpu' was given."],
    [['--l2', 'much'], "--l2 must be a finite number of at least 0, but 'much' was given."],
    [['--l2', '-1'], '--l2 must be a finite number of at least 0, but -1 was given.'],
    [['--l2', 'Infinity'], "--l2 must be a finite number of at least 0, but 'Infinity' was given."],
    [['--l2', ''], "--l2 must be a finite number of at least 0, but '' was given."],
    [
      ['--layer-penalties', '1,x'],
      "Every number of --layer-penalties must be a finite number of at least 0, but 'x' was given.",
    ],
    [
      ['--layer-penalties', '-1'],
      'Every number of --layer-penalties must be a finite number of at least 0, but -1 was given.',
    ],
    [
      ['--layer-penalties', '1,1'],
      'layerPenalties must be of length 1, one number for each layer of the network, but an array of 2 values was given.',
    ],
    [
      ['--l2', 'layerwise'],
      "l2: 'layerwise' is for networks of two layers or more, but this one has one layer; use 'gradient'.",
    ],
    [['--tolerance', '2'], '--tolerance must be a number from 0 to 1, but 2 was given.'],
    [['--min-decrease', '2'], '--min-decrease must be a number from 0 to 1, but 2 was given.'],
    [['--time-limit', '1e999'], '--time-limit must be a finite number of at least 0, but Infinity was given.'],
    [['--rate', '0'], '--rate must be a finite number above 0, but 0 was given.'],
    [['--memory', '1.5'], '--memory must be an integer of at least 0, but 1.5 was given.'],
    [['--threads', '0'], '--threads must be an integer from 1 to 256, but 0 was given.'],
    [['--seed', '0x10'], /^--seed must be an integer from .*, but '0x10' was given\.$/],
    [['--max-iterations', '-1'], '--max-iterations must be an integer of at least 0, but -1 was given.'],
    [
      ['--hidden', '10,,5', '--network', 'mlp'],
      "--hidden must be layer sizes of at least 1 separated by commas, but '10,,5' was given.",
    ],
    [['--hidden', '10'], /'linear' has no option 'hidden'; 'mlp', .* have it/],
    [['--rate', '1'], /'plane' finds its own/],
    [['--steps', 'line', '--memory', '1'], /memory must be at most 0 with the step rule 'line', but 1 was given/],
    [['--test-labels', 'x'], '--test-labels must come with --test, but there was none.'],
    [['--labels', path('labels')], /labels must come with idx, npy or npz data, but the format is csv/],
    [['--test', path('good.svm')], /must be csv data like the training file, but is libsvm/],
    [['--out', path('good.csv')], /^--out must be a file that is not read or written otherwise/],
    [['--out', path('x'), '--trace', path('x')], /^--trace must be a file that is not read or written otherwise/],
    [['--out', ''], "--out must be the path of a file (./-name for a name that begins with -), but '' was given."],
    [['--trace', '--quiet'], "--trace must be followed by its value, but '--quiet' was given."],
    [['--test', '-x'], /^--test must be the path of a file/],
    [['--target', '--json'], "--target must be followed by its value, but '--json' was given."],
    [['--test', '-', '--labels', '-'], /^Standard input \(-\) must be given for one file only/],
    [['--tets', 'x'], "Unknown option '--tets' (did you mean --test?)."],
    [['--epochs', '3'], "Unknown option '--epochs' (did you mean --max-iterations?)."],
    [['--learning-rate=3'], "Unknown option '--learning-rate' (did you mean --rate?)."],
    [['--sep', ';'], "Unknown option '--sep' (did you mean --delimiter?)."],
    [['--constructor', 'x'], "Unknown option '--constructor'."],
    [['another.csv'], /^Too many arguments/],
    [['--l2'], /^Option '--l2 <number>' argument missing\.$/],
  ])('train good.csv %j ends with 2', async (options, sentence) => {
    const { code, sentence: said } = await refusal(['train', path('good.csv'), ...options], planesearch);
    if (typeof sentence === 'string') expect(said).toBe(sentence);
    else expect(said).toMatch(sentence);
    expect(code).toBe(2);
  });

  it('IDX data without labels names the option', async () => {
    const train = await refusal(['train', path('images')]);
    expect(train.sentence).toMatch(/^--labels must name/);
    const test = await refusal(['train', path('images'), '--labels', path('labels'), '--test', path('images')]);
    expect(test.sentence).toMatch(/^--test-labels must name/);
    expect([train.code, test.code]).toEqual([2, 2]);
  });

  it('a command that does not exist is answered with those that do', async () => {
    const { code, sentence } = await refusal(['tarin', 'x.csv'], planesearch);
    expect(sentence).toBe(
      "The command must be one of train, predict, evaluate, setup-mpi, cross-validate, search, compare, export, report, describe, convert, info, completion, but 'tarin' was given.",
    );
    expect(code).toBe(2);
  });

  it('no command at all prints the help on standard error', async () => {
    const { code, stdout, stderr } = await planesearch([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: planesearch /);
  });
});

describe('predict and evaluate refuse', () => {
  beforeAll(async () => {
    await trained(path('good.csv'), '--out', model);
    const newer = readFileSync(model).toString('latin1').replace('\\"formatVersion\\":3', '\\"formatVersion\\":9');
    writeFileSync(path('newer.model'), newer, 'latin1');
    writeFileSync(path('cut.model'), readFileSync(model).subarray(0, statSync(model).size - 9));
  });

  it.each<[string, string, string, RegExp]>([
    ['a missing model', 'nowhere.model', 'good.csv', /There is no file '.*nowhere\.model'/],
    ['a file that is no model', 'no-model', 'good.csv', /no-model/],
    ['a model cut off', 'cut.model', 'good.csv', /cut\.model/],
    ['a model of another format version', 'newer.model', 'good.csv', /format version.*must be 2.*but 9 was given/],
    ['a missing file', 'good.model', 'nowhere.csv', /There is no file/],
    ['a header without rows', 'good.model', 'header-only.csv', /a header but no data rows/],
    ['too few columns', 'good.model', 'narrow.csv', /must have 4 columns.*but has 2/],
    ['too many columns', 'good.model', 'wide.csv', /must have 4 columns.*but has 6/],
    ['NaN', 'good.model', 'nan.csv', /nan\.csv/],
    ['a truncated gzip file', 'good.model', 'truncated.csv.gz', /truncated gzip/],
  ])('%s', async (_what, modelName, data, sentence) => {
    for (const command of ['predict', 'evaluate']) {
      const { code, sentence: said } = await refusal([command, path(modelName), path(data)]);
      expect(said).toMatch(sentence);
      expect(code).toBe(1);
    }
  });

  it('data of another format than the training data', async () => {
    const { sentence } = await refusal(['predict', model, path('good.svm')]);
    expect(sentence).toMatch(/must be csv data like the training file, but is libsvm/);
  });

  it('evaluation without the target column', async () => {
    expect((await refusal(['evaluate', model, path('no-target.csv')])).sentence).toMatch(/no target column 'answer'/);
  });

  it('another target than the one of the model', async () => {
    expect(await refusal(['evaluate', model, path('good.csv'), '--target', 'height'])).toMatchObject({ code: 2 });
    const rows = Array.from({ length: 8 }, (_, i) => JSON.stringify({ a: i, b: i % 3, y: i % 2 ? 'u' : 'v' }));
    const [data, out] = [work.write('rows.jsonl', `${rows.join('\n')}\n`), path('rows.model')];
    expect((await onJavascript(['train', data, '--target', 'y', '--out', out, '--quiet'])).code).toBe(0);
    const { code, sentence } = await refusal(['evaluate', out, data, '--target', 'a']);
    expect(sentence).toMatch(
      /^--target must not be given, because the model knows its target column 'y', but 'a' was given/,
    );
    expect(code).toBe(2);
  });

  it('to write over the model or the data', async () => {
    for (const out of [model, path('good.csv')]) {
      const { code, sentence } = await refusal(['predict', model, path('good.csv'), '--out', out]);
      expect(sentence).toBe(`--out must be a file that is not read or written otherwise, but '${out}' was given.`);
      expect(code).toBe(2);
    }
  });
});
