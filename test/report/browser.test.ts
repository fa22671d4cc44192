/** The pages in a browser, in both themes: they open without an error, and every figure is drawn. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../lib/report/index.js';
import { workspace } from '../cli/support.js';
import { casesIn, type CaseName } from './support.js';

interface Picture {
  readonly data: Buffer;
  readonly width: number;
}
const { PNG } = createRequire(import.meta.url)('pngjs') as { PNG: { sync: { read(file: Buffer): Picture } } };

const work = workspace();
const names: readonly CaseName[] = ['classification', 'regression', 'text', 'images'];
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
if (browser === undefined) console.log('test/report/browser.test.ts is skipped: no chromium is found.');

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...[
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
    '--enable-logging=stderr',
    '--window-size=1040,5000',
  ],
];

/** What the browser prints, and what pages write to the console. */
async function open(file: string, ...options: string[]): Promise<{ stdout: string; console: string[] }> {
  const profile = work.path(`profile-${Math.random()}`);
  mkdirSync(profile);
  const child = spawn(browser!, [...FLAGS, `--user-data-dir=${profile}`, ...options, `file://${file}`]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return { stdout, console: stderr.split('\n').filter((line) => line.includes('CONSOLE')) };
}

describe.skipIf(browser === undefined)('in a browser', () => {
  beforeAll(async () => {
    const cases = await casesIn(work);
    for (const name of names) {
      const { training, test } = cases[name];
      await writeReport(work.path(`${name}.html`), training, { test: { x: test.data, y: test.target } });
    }
  });

  it.each(names)('%s opens without an error, with all that it has', { timeout: 120_000 }, async (name) => {
    const { stdout, console: errors } = await open(work.path(`${name}.html`), '--dump-dom');
    expect(errors).toEqual([]);
    const count = (html: string, what: RegExp): number => html.match(what)!.length;
    const written = readFileSync(work.path(`${name}.html`), 'utf8');
    for (const what of [/<figure/g, /class="mark/g]) expect(count(stdout, what)).toBe(count(written, what));
  });

  it.each(names)('%s is drawn light and dark', { timeout: 120_000 }, async (name) => {
    for (const [theme, scheme] of [
      ['light', 1],
      ['dark', 0],
    ] as const) {
      const file = path.join(work.folder, `${name}-${theme}.png`);
      const options = [`--blink-settings=preferredColorScheme=${scheme}`, `--screenshot=${file}`];
      expect((await open(work.path(`${name}.html`), ...options)).console).toEqual([]);
      const { data, width } = PNG.sync.read(readFileSync(file));
      const [corner] = [data[4 * (2 * width + 2)]!];
      if (theme === 'light') expect(corner).toBeGreaterThan(200);
      else expect(corner).toBeLessThan(60);
      // The first color of the series, as it is in the style.
      const [red, green, blue] = theme === 'light' ? [0x25, 0x63, 0xb0] : [0x6a, 0xae, 0xfc];
      let found = 0;
      for (let at = 0; at < data.length; at += 4)
        if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) found++;
      expect(found).toBeGreaterThan(200);
    }
  });

  it.each(names)('%s goes to paper', { timeout: 120_000 }, async (name) => {
    const file = work.path(`${name}.pdf`);
    const dark = '--blink-settings=preferredColorScheme=0';
    expect((await open(work.path(`${name}.html`), dark, `--print-to-pdf=${file}`)).console).toEqual([]);
    const pdf = readFileSync(file, 'latin1');
    expect(pdf.slice(0, 5)).toBe('%PDF-');
    const pages = Number(/\/Type \/Pages\s*\/Count (\d+)/.exec(pdf)?.[1]);
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(14);
  });
});
