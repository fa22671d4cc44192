/** Labels of digits: what is trained on and printed is what stands in the file. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chooseTask,
  decodeTarget,
  encodeTarget,
  explainTask,
  loadTable,
  type LoadOptions,
  type RawTarget,
  type Task,
} from '../../lib/data/index.js';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const target = async (
  labels: readonly string[],
  options: Omit<LoadOptions, 'needsTarget'> = {},
  name = 'labels.csv',
): Promise<RawTarget> => {
  const text = name.endsWith('.svm')
    ? labels.map((label, i) => `${label} 1:${i}`).join('\n')
    : ['x,y', ...labels.map((label, i) => `${i},${label}`)].join('\n');
  return (await loadTable(await files.write(name, text), options)).target;
};
const classes = async (labels: readonly string[], options: Omit<LoadOptions, 'needsTarget'> = {}, name = 'labels.csv') =>
  chooseTask(await target(labels, options, name), name.endsWith('.svm') ? 'libsvm' : 'csv', 'auto', options.task).classes;
const binary = (...classes: string[]): Task => ({
  loss: 'logistic',
  parameters: {},
  coding: 'two-classes',
  classes,
  outputs: 1,
});
const twice = (...labels: string[]): string[] => [...labels, ...labels];

describe('classes', () => {
  it.each([
    ['leading zeros', twice('01', '02', '1'), ['01', '02', '1']],
    ['above 2^53', twice('9007199254740993', '9007199254740992'), ['9007199254740992', '9007199254740993']],
    ['a zero at the end', twice('2.10', '2.1'), ['2.1', '2.10']],
    ['integers with a point', twice('1.0', '0.0'), ['0.0', '1.0']],
    ['an exponent', twice('1e3', '2e3'), ['1e3', '2e3']],
    ['plain numbers', twice('10', '9'), [9, 10]],
    ['a sign', twice('+1', '-1'), [-1, 1]],
    ['words of objects', twice('__proto__', 'constructor'), ['__proto__', 'constructor']],
  ])('%s', async (_, labels, expected) => {
    expect(await classes(labels)).toEqual(expected);
    expect(await classes(labels, {}, 'labels.svm')).toEqual(expected);
  });

  it('are kept for more than two labels when asked for, and are numbers otherwise', async () => {
    const versions = twice('2.10', '2.1', '3.0', '11.5');
    expect(await classes(versions)).toBeUndefined();
    expect(await classes(versions, { task: 'classification' })).toEqual(['11.5', '2.1', '2.10', '3.0']);
    expect([...(await target(versions, { task: 'regression' })).values]).toEqual([2.1, 2.1, 3, 11.5, 2.1, 2.1, 3, 11.5]);
  });

  it('that are one number written twice are refused until told apart', async () => {
    await expectError(
      () => classes(['0', '1', '1.0', '0']),
      'INVALID_DATA',
      "'1' and '1.0'",
      '--task classification',
      '--task regression',
    );
    expect(await classes(['0', '1', '1.0', '0'], { task: 'classification' })).toEqual(['0', '1', '1.0']);
  });

  it('any label goes through training and back unchanged', async () => {
    const digits = fc.stringMatching(/^[+-]?[0-9]{1,20}(\.[0-9]{1,4})?$/).filter((text) => !text.startsWith('+'));
    const label = fc.oneof(digits, fc.constantFrom('a', 'b-1', 'Infinity', '0x10', '1_0'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(label, { minLength: 2, maxLength: 8 }), async (distinct) => {
        const labels = twice(...distinct);
        const raw = await target(labels, { task: 'classification' });
        const task = chooseTask(raw, 'csv', 'auto', 'classification');
        expect(decodeTarget(encodeTarget(raw, task), task).map(String)).toEqual(labels);
      }),
      { numRuns: 100 },
    );
  });

  it('of text made of digits are found by other spellings, but codes only by their own', () => {
    const task = binary('0.0', '1.0');
    expect([...encodeTarget({ kind: 'numbers', values: Float64Array.of(1, 0) }, task)]).toEqual([1, -1]);
    expect([...encodeTarget({ kind: 'strings', values: ['1', '0.00'] }, task)]).toEqual([1, -1]);
    expect(() => encodeTarget({ kind: 'strings', values: ['1234'] }, binary('01234', '02138'))).toThrow("'1234' in row 0");
    const owners = binary('740245381351497731', '840245381351497800');
    expect(() => encodeTarget({ kind: 'strings', values: ['740245381351497732'] }, owners)).toThrow(
      "'740245381351497732' in row 0",
    );
  });
});

describe('a target of digits with a code far down', () => {
  const many = [...Array.from({ length: 1500 }, (_, i) => String(i + 0.5)), '007'];

  it('is refused until it is told what it is', async () => {
    await expectError(() => target(many), 'INVALID_DATA', 'Line 1502 of', "holds '007'", '--task regression');
    expect((await target(many, { task: 'regression' })).values.at(-1)).toBe(7);
    expect((await target(many, { task: 'classification' })).values.at(-1)).toBe('007');
  });

  it('with few labels becomes text, and that is told', async () => {
    const path = await files.write('few.csv', 'x,y\n1,7\n2,007\n3,7\n4,8\n');
    const { target: raw, notices } = await loadTable(path);
    expect(raw).toEqual({ kind: 'strings', values: ['7', '007', '7', '8'] });
    expect(notices.at(-1)).toContain(
      "the target 'y' was taken for text, because '007' would print differently as a number; --task regression",
    );
  });
});

describe('the task', () => {
  const numbers: RawTarget = { kind: 'numbers', values: Float64Array.of(3, 1, 2, 3, 1, 2) };

  it('is told, with what would say otherwise', () => {
    const explained = (raw: RawTarget, format: 'csv' | 'libsvm' | 'idx'): string =>
      explainTask(chooseTask(raw, format, 'auto'), raw, format, 'auto', 'auto');
    expect(explained(numbers, 'csv')).toBe(
      'regression, because the targets are numbers, more than two different ones (--task classification takes them for labels)',
    );
    expect(explained(numbers, 'libsvm')).toBe(
      'classification into 3 classes, because the targets are integers that repeat in LIBSVM data (--task regression takes them for numbers)',
    );
    expect(explained(numbers, 'idx')).toContain('because the labels of IDX data are classes');
    expect(explained({ kind: 'strings', values: ['a', 'b'] }, 'csv')).toBe(
      'classification into 2 classes, because the targets are text',
    );
  });

  it('decides over the rule', async () => {
    expect(chooseTask(numbers, 'csv', 'auto', 'classification')).toMatchObject({ loss: 'softmax', classes: [1, 2, 3] });
    expect(chooseTask(numbers, 'libsvm', 'auto', 'regression')).toMatchObject({ loss: 'squared', coding: 'numbers' });
    expect(chooseTask({ kind: 'numbers', values: Float64Array.of(1, 2) }, 'csv', 'auto', 'regression')).toMatchObject({
      loss: 'squared',
      coding: 'numbers',
    });
    await expectError(
      () => chooseTask(numbers, 'csv', 'squared', 'classification'),
      'INCOMPATIBLE',
      "one for classification, but 'squared'",
    );
    await expectError(
      () => chooseTask(numbers, 'csv', 'softmax', 'regression'),
      'INCOMPATIBLE',
      "one for regression, but 'softmax'",
    );
    await expectError(
      () => chooseTask(numbers, 'csv', 'poisson', 'classification'),
      'INCOMPATIBLE',
      "one for classification, but 'poisson'",
    );
    expect(chooseTask(numbers, 'csv', 'poisson', 'regression')).toMatchObject({ loss: 'poisson', coding: 'numbers' });
    await expectError(
      () => chooseTask(numbers, 'csv', 'auto', 'ranking' as 'auto'),
      'INVALID_OPTION',
      'task must be one of auto, classification, regression',
    );
  });
});

describe('LIBSVM', () => {
  it('more labels than are kept beside their numbers are read as text where they are classes', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => `${i}.0`);
    expect(await target(many, {}, 'many.svm')).toMatchObject({ kind: 'numbers', texts: null });
    expect(await target(many, { task: 'classification' }, 'many.svm')).toEqual({ kind: 'strings', values: many });
    expect(chooseTask(await target(many, {}, 'many.svm'), 'libsvm', 'auto')).toMatchObject({ loss: 'squared' });
    const asked = async () => chooseTask(await target(many, {}, 'many.svm'), 'libsvm', 'softmax');
    await expectError(asked, 'INVALID_DATA', "the task 'classification'");
    expect([...(await target(['007', '3'], { task: 'regression' }, 'codes.svm')).values]).toEqual([7, 3]);
  });

  it.each(['1,2', '3,7,9', '1.5,2'])('several labels, %s, are refused in words', (label) =>
    expectError(
      () => target(['1', label], {}, 'multi.svm'),
      'INVALID_DATA',
      'Line 2 of',
      `must have one label, but has several, '${label}', which is not supported`,
    ),
  );

  it('counts indices from where it is told', async () => {
    const path = await files.write('zero.svm', '1 0:5 2:6\n-1 1:7\n');
    await expectError(
      () => loadTable(path),
      'INVALID_DATA',
      "an index from 1, but has '0:5' (--index-base 0 says that they count from 0)",
    );
    const { data, schema } = await loadTable(path, { indexBase: 0 });
    expect([...data.values!]).toEqual([5, 0, 6, 0, 7, 0]);
    expect(schema).toEqual({ format: 'libsvm', columns: 3, target: 'numbers', indexBase: 0 });
    expect([...(await loadTable(path, { schema })).data.values!]).toEqual([5, 0, 6, 0, 7, 0]);
    await expectError(() => loadTable(path, { indexBase: 2 as 1 }), 'INVALID_OPTION', '--index-base must be 0 or 1');
    expect((await loadTable(await files.write('one.svm', '1 1:5\n-1 2:7\n'))).notices.join()).toContain(
      'took its indices to count from 1 (--index-base)',
    );
  });
});
