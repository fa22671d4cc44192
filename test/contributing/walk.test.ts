/**
 * The walk of CONTRIBUTING.md, step by step on a copy of the checkout: its code blocks are added as files and as lines of the registries,
 * the copy is built, and the batteries run over the new entries. No test file is edited.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeAbsence } from '../support/backends.js';

const root = path.resolve(import.meta.dirname, '../..');
const copied = [
  'lib',
  'test',
  'native',
  'scripts',
  'CMakeLists.txt',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];

interface Block {
  readonly file: string;
  readonly text: string;
}

const blocks: readonly Block[] = Array.from(
  readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^```(?:ts|cpp) (\S+)\n([\s\S]*?)^```$/gm),
  ([, file, text]) => ({ file: file!, text: text! }),
);

/** A new file as it is; lines of a registry where they belong: imports on top, the entry first in its list, the rest at the end. */
function add(copy: string, { file, text }: Block): void {
  const target = path.join(copy, file);
  if (!file.endsWith('index.ts')) {
    writeFileSync(target, text);
    return;
  }
  const before = readFileSync(target, 'utf8');
  const lines = text.trimEnd().split('\n');
  const of = (start: RegExp): string =>
    lines
      .filter((line) => start.test(line))
      .map((line) => `${line}\n`)
      .join('');
  const listed = before.replace(/^(export const (?:directions|stepRules|networks|losses) = \{\n)/m, `$1${of(/^ {2}/)}`);
  expect(listed, `${file} has a registry`).not.toBe(before);
  writeFileSync(target, `${listed.replace(/^import/m, `${of(/^import/)}import`)}${of(/^export/)}`);
}

function run(copy: string, command: string, args: readonly string[]): string {
  // Vitest's own variables would make the inner run part of this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|CI$|NODE_OPTIONS$)/.test(name)));
  return execFileSync(command, args, {
    cwd: copy,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
}

interface Assertion {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

describe('the walk of CONTRIBUTING', () => {
  let copy = '';
  beforeAll(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'planesearch-walk-'));
    for (const name of copied) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
    for (const block of blocks) add(copy, block);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('adds at most three source files for each idea, and no test', () => {
    const folders = blocks.map(({ file }) => file.split('/').slice(0, 2).join('/'));
    for (const idea of ['directions', 'steps', 'networks', 'losses']) {
      const touched = folders.filter((folder) => folder.endsWith(`/${idea}`));
      expect(touched.length, idea).toBeGreaterThanOrEqual(2);
      expect(touched.length, idea).toBeLessThanOrEqual(3);
    }
    expect(blocks.filter(({ file }) => file.startsWith('test'))).toEqual([]);
  });

  it('type checks', () => {
    run(copy, process.execPath, [
      path.join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      'tsconfig.build.json',
      '--noEmit',
      '--incremental',
      'false',
    ]);
  });

  it('passes the batteries, native code included', () => {
    if (nativeAbsence === null) {
      const cmake = path.join(root, 'node_modules/cmake-js/bin/cmake-js');
      run(copy, process.execPath, [
        cmake,
        'build',
        '--directory',
        copy,
        '--out',
        path.join(copy, 'build'),
        '--log-level',
        'error',
      ]);
    } else console.warn(`The native part of the walk is skipped: ${nativeAbsence}`);
    const report = path.join(copy, 'report.json');
    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const batteries = [
      'test/contract/battery',
      'test/losses',
      'test/networks',
      'test/directions',
      'test/steps',
      'test/parity',
    ];
    try {
      run(copy, process.execPath, [vitest, 'run', ...batteries, '--reporter=json', `--outputFile=${report}`]);
    } catch (error) {
      // The report says which tests failed, if vitest came that far.
      if (!existsSync(report)) throw error;
    }
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      testResults: { name: string; status: string; message: string; assertionResults: Assertion[] }[];
    };
    const failed = testResults
      .filter(({ status }) => status !== 'passed')
      .map(({ name, message, assertionResults }) => ({
        name,
        message,
        failures: assertionResults
          .filter(({ status }) => status === 'failed')
          .map(({ fullName, failureMessages }) => [fullName, ...(failureMessages ?? [])]),
      }));
    expect(failed).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(500);
    const passed = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'passed');
    for (const name of ['signs', 'newton-step', 'quadratic', 'pseudo-huber']) {
      expect(passed.filter(({ fullName }) => fullName.includes(name)).length, `tests of ${name}`).toBeGreaterThan(0);
    }
  }, 1_200_000);
});
