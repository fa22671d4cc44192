import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLabelCount, chooseTask, decodeLabels, decodeTarget, encodeTarget, type Task } from '../../lib/data/labels.js';
import type { RawTarget } from '../../lib/data/table.js';
import type { ClassLabel } from '../../lib/losses/coding.js';
import { losses } from '../../lib/losses/index.js';
import { expectError } from './files.js';

const numbers = (...values: number[]): RawTarget => ({ kind: 'numbers', values: Float64Array.from(values) });
const strings = (...values: string[]): RawTarget => ({ kind: 'strings', values });
/** A task of one of the losses that the chooser knows of. */
const squared: Task = { loss: 'squared', parameters: {}, coding: 'numbers', outputs: 1 };
const binary = (...classes: ClassLabel[]): Task => ({
  loss: 'logistic',
  parameters: {},
  coding: 'two-classes',
  classes,
  outputs: 1,
});
const several = (...classes: ClassLabel[]): Task => ({
  loss: 'softmax',
  parameters: {},
  coding: 'classes',
  classes,
  outputs: classes.length,
});
const repeat = (count: number, label: (row: number) => number): RawTarget =>
  numbers(...Array.from({ length: count }, (_, row) => label(row)));

describe('chooseTask: auto', () => {
  it.each([
    ['two strings', strings('b', 'a', 'b'), 'csv', binary('a', 'b')],
    ['two numbers', numbers(2, -1, 2), 'csv', binary(-1, 2)],
    ['two numbers of IDX', numbers(8, 3), 'idx', binary(3, 8)],
    ['several strings', strings('c', 'a', 'b'), 'csv', several('a', 'b', 'c')],
    ['IDX labels', numbers(10, 9, 2), 'idx', several(2, 9, 10)],
    ['repeated integers in LIBSVM', numbers(3, 1, 2, 3, 1, 2), 'libsvm', several(1, 2, 3)],
    ['integers in LIBSVM that hardly repeat', numbers(3, 1, 2, 3, 1), 'libsvm', squared],
    ['fractions in LIBSVM', numbers(1, 2, 2.5, 1, 2, 2.5), 'libsvm', squared],
    ['more than 1000 integers in LIBSVM', repeat(3000, (row) => row % 1001), 'libsvm', squared],
    ['integers in CSV', numbers(3, 1, 2, 3, 1, 2), 'csv', squared],
    ['integers in memory', numbers(3, 1, 2, 3, 1, 2), 'array', squared],
    ['two numbers a row', { ...numbers(0, 1, 0, 1), width: 2 }, 'array', { ...squared, outputs: 2 }],
    [
      'sets of labels',
      { kind: 'label-sets', values: [['b'], ['a', 'b'], []] },
      'array',
      { loss: 'logistic', parameters: {}, coding: 'label-sets', classes: ['a', 'b'], outputs: 2 },
    ],
  ] as const)('%s', (_, raw, format, task) => {
    expect(chooseTask(raw, format, 'auto')).toEqual(task);
  });

  it('refuses a single class and more strings than can be classes', async () => {
    await expectError(
      () => chooseTask(numbers(1, 1, 1), 'libsvm', 'auto'),
      'INVALID_DATA',
      'at least two distinct values, but all 3 rows have 1',
    );
    await expectError(() => chooseTask(strings('x', 'x'), 'csv', 'auto'), 'INVALID_DATA', "all 2 rows have 'x'");
    const many = strings('7', ...Array.from({ length: 1000 }, (_, row) => `n${row}`));
    await expectError(() => chooseTask(many, 'csv', 'auto'), 'INVALID_DATA', "1001 distinct values such as 'n0'");
    expect(chooseTask(many, 'csv', 'softmax').classes).toHaveLength(1001);
  });
});

describe('chooseTask: a loss by name', () => {
  it('finds the classes, or refuses', async () => {
    expect(chooseTask(numbers(2, 1, 2), 'csv', 'softmax')).toEqual(several(1, 2));
    expect(chooseTask(numbers(1, 0), 'idx', 'squared')).toEqual(squared);
    expect(chooseTask(numbers(4, 4), 'csv', 'squared')).toEqual(squared);
    await expectError(
      () => chooseTask(numbers(1, 2, 3), 'csv', 'logistic'),
      'INVALID_DATA',
      'two classes, but the target has 3 classes: 1, 2, 3',
    );
    await expectError(() => chooseTask(numbers(1, 1), 'csv', 'logistic'), 'INVALID_DATA', 'at least two');
    await expectError(() => chooseTask(numbers(1, 1), 'csv', 'softmax'), 'INVALID_DATA', 'at least two');
    await expectError(
      () => chooseTask(strings('1', 'x'), 'csv', 'squared'),
      'INVALID_DATA',
      "needs numbers as target, but 'x' was given",
    );
  });

  it('answers an unknown name with the known ones', async () => {
    const [zork, list] = [
      'zork' as 'auto',
      `loss must be one of auto, ${Object.keys(losses).join(', ')}, but 'zork' was given.`,
    ];
    await expectError(() => chooseTask(numbers(1, 2, 3), 'csv', zork), 'INVALID_OPTION', list);
    await expectError(() => chooseTask(strings('a', 'a'), 'csv', zork), 'INVALID_OPTION', list);
  });

  it('refuses numbers that are not finite', async () => {
    await expectError(
      () => chooseTask(numbers(1, NaN), 'array', 'squared'),
      'INVALID_DATA',
      'NaN in row 1 (counted from 0)',
    );
    await expectError(() => encodeTarget(numbers(1, -Infinity), squared), 'INVALID_DATA', '-Infinity in row 1');
  });
});

describe('encodeTarget', () => {
  const logistic: Task = binary(-5, 10);

  it('gives -1 and +1 in numeric order, indices for softmax, the number for squared', () => {
    expect([...encodeTarget(numbers(10, -5, 10), logistic)]).toEqual([1, -1, 1]);
    expect([...encodeTarget(numbers(10, 9, 2), chooseTask(numbers(10, 9, 2), 'idx', 'auto'))]).toEqual([2, 1, 0]);
    expect([...encodeTarget(strings('b', 'B', 'a'), several('B', 'a', 'b'))]).toEqual([2, 0, 1]);
    expect([...encodeTarget(numbers(0.5, 2), squared)]).toEqual([0.5, 2]);
  });

  it('takes +1, 1 and 1.0 for the same number, and numbers for their strings', () => {
    expect([...encodeTarget(strings('+1', '1.0', '-1', '1'), binary(-1, 1))]).toEqual([1, 1, -1, 1]);
    expect([...encodeTarget(strings('+1', '2'), squared)]).toEqual([1, 2]);
    expect([...encodeTarget(numbers(1, 2), several('1', '2', 'x'))]).toEqual([0, 1]);
  });

  it('refuses labels the model does not know and text for numbers', async () => {
    await expectError(
      () => encodeTarget(numbers(-5, 7), logistic),
      'INVALID_DATA',
      'among the 2 classes -5, 10',
      '7 in row 1 (counted from 0)',
    );
    await expectError(() => encodeTarget(strings('x'), logistic), 'INVALID_DATA', "'x' in row 0");
    await expectError(() => encodeTarget(strings('1', 'x'), squared), 'INVALID_DATA', "'x' in row 1");
    const many: Task = several(...Array.from({ length: 12 }, (_, k) => k));
    await expectError(() => encodeTarget(numbers(99), many), 'INVALID_DATA', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...');
  });

  it('is undone by decodeTarget', () => {
    const labels = fc.oneof(
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 30 }).map((values) => numbers(...values)),
      fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 2, maxLength: 30 }).map((values) => strings(...values)),
    );
    fc.assert(
      fc.property(labels, (raw) => {
        fc.pre(new Set<unknown>(raw.values).size > 1);
        const task = chooseTask(raw, 'idx', 'auto');
        expect(decodeTarget(encodeTarget(raw, task), task)).toEqual([...raw.values]);
      }),
    );
  });
});

describe('decodeLabels', () => {
  it('takes the sign, the largest output, or the number', () => {
    expect(decodeLabels(Float64Array.of(0.1, -2, 0), 1, binary('no', 'yes'))).toEqual(['yes', 'no', 'no']);
    expect(decodeLabels(Float64Array.of(1, 3, 2, -1, -1, -9), 3, several(4, 5, 6))).toEqual([5, 4]);
    expect(decodeLabels(Float64Array.of(1.5, -2), 1, squared)).toEqual([1.5, -2]);
  });

  it('refuses an index that is none of a class', () =>
    expectError(() => decodeTarget(Float64Array.of(0, 2), several('a', 'b')), 'INVALID_ARGUMENT', '2 was given'));
});

describe('checkLabelCount', () => {
  it('wants one label per row', async () => {
    expect(() => checkLabelCount(3, 3)).not.toThrow();
    await expectError(() => checkLabelCount(4, 3), 'INVALID_DATA', '4 labels came with 3 rows');
  });
});
