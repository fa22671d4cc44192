#!/usr/bin/env node
/**
 * Called by `.ci/run` with vitest's JSON results and the exit code of `npm test`: prints
 * `N passed, N failed[, N skipped]` as the last line and fails when anything failed or when nothing was tested.
 */
import { existsSync, readFileSync } from 'node:fs';

const [file, code] = process.argv.slice(2);
const exitCode = Number(code);
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;

const passed = results?.numPassedTests ?? 0;
const skipped = (results?.numPendingTests ?? 0) + (results?.numTodoTests ?? 0);
// A file that cannot even be loaded has no tests to fail; it counts as one failure.
const brokenFiles = (results?.testResults ?? []).filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const failed = (results?.numFailedTests ?? 0) + brokenFiles;

if (results === null) console.log('No test ran: the set-up or the test runner failed, see above.');
else if (exitCode !== 0 && failed === 0)
  console.log(`npm test ended with exit code ${exitCode} although no test failed, see above.`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = exitCode !== 0 || failed > 0 || passed === 0 ? 1 : 0;
