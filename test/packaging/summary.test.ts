import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const script = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'test-summary.mjs');
const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-summary-'));
afterAll(() => rmSync(folder, { recursive: true }));

function summarize(results: object | null, exitCode: number): { last: string | undefined; code: number | null } {
  const file = path.join(folder, 'results.json');
  rmSync(file, { force: true });
  if (results !== null) writeFileSync(file, JSON.stringify(results));
  const { stdout, status } = spawnSync(process.execPath, [script, file, String(exitCode)], { encoding: 'utf8' });
  return { last: stdout.trimEnd().split('\n').at(-1), code: status };
}

function counts(passed: number, failed: number, skipped: number, testResults: object[] = []): object {
  return { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, numTodoTests: 0, testResults };
}

it('succeeds when tests passed and none failed', () => {
  expect(summarize(counts(12, 0, 0), 0)).toEqual({ last: '12 passed, 0 failed', code: 0 });
  expect(summarize(counts(12, 0, 3), 0)).toEqual({ last: '12 passed, 0 failed, 3 skipped', code: 0 });
});

it('fails when a test failed, or a file could not be loaded', () => {
  const failedTest = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  const brokenFile = { status: 'failed', assertionResults: [] };
  expect(summarize(counts(11, 1, 0, [failedTest]), 1)).toEqual({ last: '11 passed, 1 failed', code: 1 });
  expect(summarize(counts(11, 0, 0, [brokenFile]), 1)).toEqual({ last: '11 passed, 1 failed', code: 1 });
});

it('fails when nothing ran, or npm test failed for another reason', () => {
  expect(summarize(null, 1)).toEqual({ last: '0 passed, 0 failed', code: 1 });
  expect(summarize(counts(0, 0, 4), 0)).toEqual({ last: '0 passed, 0 failed, 4 skipped', code: 1 });
  expect(summarize(counts(12, 0, 0), 1)).toEqual({ last: '12 passed, 0 failed', code: 1 });
});
