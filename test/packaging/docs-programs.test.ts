/** The pages of docs whose JavaScript runs: the blocks of a page one after the other, as one program. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');

it.each(['estimators', 'scale', 'selection'])('docs/%s.md runs as it stands', (page) => {
  const text = readFileSync(path.join(root, 'docs', `${page}.md`), 'utf8');
  const code = [...text.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]).join('\n');
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-docs-'));
  try {
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(root, path.join(folder, 'node_modules', 'planesearch'));
    writeFileSync(path.join(folder, 'page.mjs'), code);
    const { status, stderr, stdout } = spawnSync(process.execPath, ['page.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/\bNaN\b/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
