/** examples/browser in headless Chromium: the page trains on digits in WebAssembly, and tells what is drawn on it. */
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspace } from '../cli/support.js';
import { chromium, openPage, type Page } from '../support/chromium.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const needed = ['dist/browser.js', 'prebuilds/wasm/planesearch.wasm'];
const missing = chromium === undefined ? 'chromium' : needed.find((file) => !existsSync(path.join(root, file)));
if (missing !== undefined) console.log(`test/examples/browser.test.ts is skipped: ${missing} is not there.`);

describe.skipIf(missing !== undefined)('the page that learns digits', { timeout: 120_000 }, () => {
  const work = workspace();
  let server: Server;
  let page: Page;
  const text = (id: string): Promise<unknown> => page.evaluate(`document.getElementById('${id}').textContent`);

  beforeAll(async () => {
    const address = path.join(root, 'examples', 'browser', 'serve.mjs');
    const { serve } = (await import(pathToFileURL(address).href)) as {
      serve(): Promise<{ server: Server; address: string }>;
    };
    const served = await serve();
    server = served.server;
    page = await openPage(served.address, work.path('profile'));
  }, 60_000);
  afterAll(async () => {
    await page.close();
    server.closeAllConnections();
    server.close();
  });

  it('is ready on the wasm backend', async () => {
    await page.until(`/Ready|cannot|failed/.test(document.getElementById('status').textContent)`);
    expect(await text('status')).toBe('Ready, on the wasm backend.');
  });

  it('learns, and is right on most digits that it has not seen', async () => {
    await page.evaluate(`document.getElementById('train').click()`);
    await page.until(`!/^(Ready|Iteration)/.test(document.getElementById('status').textContent)`);
    const [, right] = /right on (\d+) of 500/.exec((await text('status')) as string)!;
    expect(Number(right)).toBeGreaterThan(425);
  });

  it('tells a 1 that is drawn with the mouse, and learns a drawing that is told to be a 7', async () => {
    const { left, top } = (await page.evaluate(
      `(({ left, top }) => ({ left, top }))(document.getElementById('paper').getBoundingClientRect())`,
    )) as { left: number; top: number };
    const stroke = [];
    for (let y = 45; y <= 240; y += 15) stroke.push([left + 140, top + y] as const);
    await page.drag(stroke);
    await page.until(`document.getElementById('guess').textContent.startsWith('This is')`);
    expect(await text('guess')).toMatch(/^This is a 1, by \d+ %\.$/);
    await page.evaluate(`document.querySelectorAll('#labels button')[7].click()`);
    expect(await text('status')).toBe('1 of your drawings will be learned.');
    expect(await text('guess')).toBe('Draw a digit.');
  });

  it('has met no error', () => {
    expect(page.errors).toEqual([]);
  });
});
