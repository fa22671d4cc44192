/** The Python peers, each in a process of its own: arrays as raw files in a temporary folder, all else as JSON over the standard streams. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sameForAll } from '../support/machine.mjs';

/** A system's own Python may have the packages where the one found first has not. */
const candidates = process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3'];

/** The first Python that has a module; null where none has. */
export function pythonWith(module) {
  const has = (python) => spawnSync(python, ['-c', `import numpy, ${module}`], { stdio: 'ignore' }).status === 0;
  return candidates.find(has) ?? null;
}

const bytes = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

/** Puts a problem where the drivers find it. */
export function writeProblem({ x, targets }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-peers-'));
  const put = (name, array) => writeFileSync(path.join(folder, name), bytes(array));
  put('targets', targets);
  if (x.kind === 'csr') {
    put('indptr', Int32Array.from(x.indptr));
    put('indices', Int32Array.from(x.indices));
  }
  put('values', x.values ?? new Float64Array(x.indices.length).fill(1));
  return { folder, dispose: () => rmSync(folder, { recursive: true }) };
}

/**
 * @param {string} driver file beside this one
 * @returns what the driver prints, or `failed` with the last line of its complaint
 */
export function runDriver(python, driver, { problem, folder, targets, threads, limit, repeats, solver, more = {} }) {
  const { x, outputs, l2 } = problem;
  const request = {
    folder,
    rows: x.rows,
    columns: x.columns,
    sparse: x.kind === 'csr',
    bits: x.values instanceof Float32Array ? 32 : 64,
    outputs,
    l2,
    targets,
    threads,
    limit,
    repeats,
    solver,
    ...more,
  };
  const script = fileURLToPath(new URL(driver, import.meta.url));
  const child = spawn(python, [script], { env: sameForAll(threads) });
  // An iteration cannot be interrupted: one that is longer than everything else together is.
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * (3 * limit + 60));
  let printed = '';
  let complaint = '';
  child.stdout.on('data', (piece) => (printed += piece));
  child.stderr.on('data', (piece) => (complaint += piece));
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(request));
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve({ failed: message }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(printed));
      else resolve({ failed: complaint.trim().split('\n').at(-1) || `it ended with ${signal ?? code}` });
    });
  });
}
