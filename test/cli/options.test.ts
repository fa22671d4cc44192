import { describe, expect, it } from 'vitest';
import { activations } from '../../lib/activations/index.js';
import { trainOptions } from '../../lib/cli/train-options.js';
import { directions } from '../../lib/directions/index.js';
import { losses } from '../../lib/losses/index.js';
import { networks } from '../../lib/networks/index.js';
import { stepRules } from '../../lib/steps/index.js';
import { solvers } from '../../lib/subspace/index.js';

function parse(name: string, value: string): unknown {
  const option = trainOptions.find(({ long }) => long === name)!;
  return (option.parseArg as (value: string, previous: unknown) => unknown)(value, undefined);
}

it.each([
  ['--activation', activations],
  ['--direction', directions],
  ['--loss', losses],
  ['--network', networks],
  ['--steps', stepRules],
  ['--solver', solvers],
])('%s takes every name of its registry and lists them otherwise', (option, registry) => {
  const names = Object.keys(registry);
  for (const name of names) expect(parse(option, name)).toBe(name);
  for (const wrong of ['toString', '', names[0]!.toUpperCase()]) {
    expect(() => parse(option, wrong)).toThrow(`${names.join(', ')}, but '${wrong}' was given.`);
  }
});

describe('numbers', () => {
  it.each([
    ['--l2', '1e-3', 0.001],
    ['--l2', '.5', 0.5],
    ['--l2', '+2.', 2],
    ['--seed', '-5', -5],
    ['--seed', '1e3', 1000],
  ])('%s %s', (option, text, value) => {
    expect(parse(option, text)).toBe(value);
  });

  it.each([
    ['--l2', ' '],
    ['--l2', '1,5'],
    ['--l2', 'NaN'],
    ['--l2', '0x1f'],
    ['--threads', '1_0'],
    ['--memory', '--json'],
  ])('%s refuses %j', (option, text) => {
    expect(() => parse(option, text)).toThrow(`but '${text}' was given.`);
  });
});

it('--hidden is a list of sizes', () => {
  expect(parse('--hidden', '100')).toEqual([100]);
  expect(parse('--hidden', '100, 50,2')).toEqual([100, 50, 2]);
  for (const wrong of ['', '0', '10,', '2.5', '-3', 'x']) {
    expect(() => parse('--hidden', wrong)).toThrow(`but '${wrong}' was given.`);
  }
});
