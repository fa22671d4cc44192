/** Programs of others that are packages for Python: what they say of files of ours. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';

/** The one on the path may be another than the system's, which has what Debian's packages bring. */
const pythons = process.env['PYTHON'] === undefined ? ['python3', '/usr/bin/python3'] : [process.env['PYTHON']];

export interface PythonPackage {
  readonly version: string;
  /** What a program prints as JSON. */
  told(program: string, ...args: readonly string[]): unknown;
}

/** Null, in words, where no Python has it. */
export function pythonPackage(name: string): PythonPackage | null {
  const code = `import ${name}; print(${name}.__version__)`;
  for (const python of pythons) {
    const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
    if (status === 0) return { version: stdout.trim(), told: (...call) => told(python, ...call) };
  }
  console.warn(`Not tried: no Python has the package ${name}; PYTHON may name one that has.`);
  return null;
}

function told(python: string, program: string, ...args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8' });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}
