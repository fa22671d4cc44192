/** What the hardening tests share: programs in processes of their own, with a limit on memory and on time. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { buildDist } from '../support/dist.js';

export const root = path.resolve(import.meta.dirname, '..', '..');
export const bin = path.join(root, 'bin', 'planesearch.mjs');
export const addon = path.join(root, 'build', 'Release', 'planesearch.node');

/** `npm run test:hardening`: more values, more cycles, larger files. */
export const long = process.env['PLANESEARCH_HARDENING'] === 'long';
export const onLinux = process.platform === 'linux';
export const hasNative = existsSync(addon) && process.env['PLANESEARCH_SKIP_NATIVE'] !== '1';

/** The library as it is published, for import in a child process. */
export const library = (file = 'index.js'): string => pathToFileURL(path.join(root, 'dist', file)).href;

/** Brings `dist` up to date, which child processes run. */
export function withBuild(): void {
  beforeAll(buildDist, 180_000);
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the time limit ended it. */
  readonly late: boolean;
  readonly seconds: number;
}

export interface Limits {
  /** KiB of address space (`ulimit -v`). */
  readonly memory?: number;
  /** KiB that a file may have (`ulimit -f`). */
  readonly fileSize?: number;
  /** Seconds; then it is killed. Default 60. */
  readonly time?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Shell text behind the command, such as a redirection. */
  readonly shell?: string;
  /** Called with the process once it runs. */
  readonly started?: (child: ReturnType<typeof spawn>) => void;
}

/** Runs node with these arguments. */
export function inChild(args: readonly string[], limits: Limits = {}): Promise<Ended> {
  const { memory, fileSize, time = 60, env = {}, shell = '', started } = limits;
  const setting = (flag: string, value: number | undefined): string =>
    value === undefined ? '' : `ulimit ${flag} ${value} || exit 99; `;
  const limit = setting('-v', memory) + setting('-f', fileSize);
  // exec: signals go to node itself.
  const script = `${limit}exec "$0" "$@" ${shell}`;
  const began = performance.now();
  const child = spawn('bash', ['-c', script, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  let [stdout, stderr, late] = ['', '', false];
  child.stdout.on('data', (piece) => (stdout += String(piece)));
  child.stderr.on('data', (piece) => (stderr += String(piece)));
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, 1000 * time);
  started?.(child);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr, late, seconds: (performance.now() - began) / 1000 });
    });
  });
}

/** Waits until a process has a file open whose name begins so: how long it takes to start depends on what else the machine does. */
export async function untilOpen(process: number, name: string): Promise<void> {
  const folder = `/proc/${process}/fd`;
  const open = (): boolean => readdirSync(folder).some((entry) => linkOf(path.join(folder, entry)).startsWith(name));
  while (existsSync(folder) && !open()) await sleep(20);
  await sleep(300);
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return ''; // closed meanwhile
  }
}

/** A folder of this test file's own. */
export function scratch(): {
  path(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  folder: string;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-hardening-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const full = (name: string): string => path.join(folder, name);
  return {
    folder,
    path: full,
    write(name, content) {
      writeFileSync(full(name), content);
      return full(name);
    },
  };
}

/** Text of a module for {@link inChild}: numbers that repeat, and the last line of its output as JSON. */
export function program(body: string): string[] {
  const text = `
    import { readFileSync } from 'node:fs';
    import { createNativeBackend, loadNative } from ${JSON.stringify(library('backends/native.js'))};
    import * as planesearch from ${JSON.stringify(library())};
    import { loadTable } from ${JSON.stringify(library('data/index.js'))};
    const table = (rows, columns) => {
      const values = new Float64Array(rows * columns);
      for (let i = 0, s = 1; i < values.length; i++) values[i] = (s = (s * 16807) % 2147483647) / 2147483647 - 0.5;
      return { values, rows, columns };
    };
    const answers = ({ values, rows, columns }) => Float64Array.from({ length: rows }, (_, i) => Number(values[i * columns] > 0));
    const rss = () => process.memoryUsage.rss() / 2 ** 20;
    // Not the maximum of getrusage, which a process inherits from the one that started it.
    const highest = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 2 ** 10;
    const outcome = async (action) => {
      try {
        await action();
        return 'ok';
      } catch (error) {
        return error.code ?? String(error);
      }
    };
    const tell = (value) => console.log(JSON.stringify(value));
    ${body}`;
  return ['--input-type=module', '--eval', text];
}

export function told<T>({ stdout }: Ended): T {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? 'null') as T;
}
