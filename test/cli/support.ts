/** What the tests of the commands share: running one in this process, and small data files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { run } from '../../lib/cli/run.js';
import { createRandom } from '../../lib/core/random.js';

/** Collects what is written; `heard` is called with every piece. */
export class Recorder extends Writable {
  text = '';

  constructor(
    readonly isTTY = false,
    readonly heard: (piece: string) => void = () => undefined,
  ) {
    super({ decodeStrings: false });
  }

  override _write(piece: string, _encoding: string, done: () => void): void {
    this.text += piece;
    this.heard(piece);
    done();
  }
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly signal?: AbortSignal;
  readonly stderr?: Recorder;
}

/** Runs a command in this process. */
export async function planesearch(argv: readonly string[], circumstances: Circumstances = {}): Promise<Outcome> {
  const { signal, stderr = new Recorder() } = circumstances;
  const stdout = new Recorder();
  const code = await run(argv, { stdout, stderr, ...(signal ? { signal } : {}) });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** The same on the backend that is there on every machine. */
export function onJavascript(argv: readonly string[], circumstances?: Circumstances): Promise<Outcome> {
  return planesearch([...argv, '--backend', 'javascript'], circumstances);
}

export interface TrainingJson {
  readonly n: number;
  readonly d: number;
  readonly objective: number;
  readonly iterations: number;
  readonly products: { readonly multiply: number; readonly multiplyTransposed: number; readonly gram: number };
  readonly stop: { readonly reason: string; readonly detail: string };
  readonly train: { readonly loss: number; readonly accuracy?: number; readonly r2?: number | null };
  readonly test: { readonly loss: number; readonly accuracy?: number; readonly r2?: number | null } | null;
  readonly [key: string]: unknown;
}

/** `train ... --json`, expected to succeed. */
export async function trained(...argv: string[]): Promise<TrainingJson> {
  const { code, stdout, stderr } = await onJavascript(['train', ...argv, '--json']);
  if (code !== 0) throw new Error(`train ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as TrainingJson;
}

export interface Workspace {
  readonly folder: string;
  path(name: string): string;
  /** Compressed when the name ends in .gz. Returns the full path. */
  write(name: string, content: string | Uint8Array): string;
}

/** A folder of this test file's own. */
export function workspace(): Workspace {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const full = (name: string): string => path.join(folder, name);
  return {
    folder,
    path: full,
    write(name, content) {
      writeFileSync(full(name), name.endsWith('.gz') ? gzipSync(content) : content);
      return full(name);
    },
  };
}

/** Header, two numeric columns, a categorical one and a class that mostly follows from them. */
export function csvRows(rows: number, seed: number, labels: readonly [string, string] = ['no', 'yes']): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const [height, weight] = [random.normal(), random.normal()];
    const color = ['red', 'green', 'blue'][random.integer(3)]!;
    const score = height - 2 * weight + (color === 'red' ? 1 : -0.5) + 0.5 * random.normal();
    return `${height},${weight},${color},${labels[score > 0 ? 1 : 0]}`;
  });
  return ['height,weight,"the color",answer', ...lines, ''].join('\n');
}

/** Header, two numeric columns and a price, linear in them but for noise. */
export function priceRows(rows: number, seed: number): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const [a, b] = [10 * random.uniform(), random.normal()];
    return `${3 * a - b + 5 + 0.1 * random.normal()},${a},${b}`;
  });
  return ['price,a,b', ...lines, ''].join('\n');
}

/** Labels 1, 2, 3, the largest of three features; `extra` adds features that no other file has. */
export function libsvmRows(rows: number, seed: number, extra = 0): string {
  const random = createRandom(seed);
  return Array.from({ length: rows }, () => {
    const x = [random.normal(), random.normal(), random.normal()];
    const label = 1 + x.indexOf(Math.max(...x));
    const unseen = Array.from({ length: extra }, (_, k) => ` ${4 + k}:1`).join('');
    return `${label} 1:${x[0]} 2:${x[1]} 3:${x[2]}${unseen}\n`;
  }).join('');
}

/** IDX of unsigned bytes. */
export function idx(shape: readonly number[], values: Uint8Array): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + values.length);
  file.set([0, 0, 8, shape.length]);
  const view = new DataView(file.buffer);
  shape.forEach((size, k) => view.setUint32(4 + 4 * k, size));
  file.set(values, 4 + 4 * shape.length);
  return file;
}

/** 4 x 4 images of a bright row, which is the label, over dim noise. */
export function pictures(rows: number, seed: number): { images: Uint8Array; labels: Uint8Array } {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: rows }, () => random.integer(4));
  const pixels = Uint8Array.from({ length: rows * 16 }, (_, k) => {
    const bright = Math.floor((k % 16) / 4) === labels[Math.floor(k / 16)];
    return random.integer(100) + (bright ? 150 : 0);
  });
  return { images: idx([rows, 4, 4], pixels), labels: idx([rows], labels) };
}
