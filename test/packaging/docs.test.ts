/** Every code block of these pages runs as it stands, one after the other in one folder, with nothing on standard error but notices. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDist } from '../support/dist.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const pages = ['export', 'checkpoints', 'callbacks', 'report'];
const languages = ['js', 'sh'];

interface Block {
  readonly language: string;
  readonly code: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(root, 'docs', `${page}.md`), 'utf8');
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language: language!, code: code! }));
}

/** What a comment behind a `console.log` says that it prints. */
function promised(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text!.replace(/, in the order.*$/, ''));
}

function consumer(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-docs-'));
  mkdirSync(path.join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(root, path.join(folder, 'node_modules', 'planesearch'));
  symlinkSync(path.join(root, 'bin', 'planesearch.mjs'), path.join(folder, 'node_modules', '.bin', 'planesearch'));
  symlinkSync(path.join(root, 'node_modules', 'onnxruntime-node'), path.join(folder, 'node_modules', 'onnxruntime-node'));
  return folder;
}

beforeAll(buildDist, 180_000);

describe.each(pages)('docs/%s.md', (page) => {
  it('has code that runs and prints what it says', { timeout: 120_000 }, () => {
    const blocks = blocksOf(page);
    expect(blocks.length).toBeGreaterThan(1);
    expect([...new Set(blocks.map(({ language }) => language))].filter((language) => !languages.includes(language))).toEqual(
      [],
    );
    const folder = consumer();
    const env = { ...process.env, PATH: `${path.join(folder, 'node_modules', '.bin')}:${process.env['PATH']}` };
    try {
      blocks.forEach(({ language, code }, k) => {
        const name = `block-${k}.${language === 'js' ? 'mjs' : 'sh'}`;
        writeFileSync(path.join(folder, name), code);
        const [command, ...args] = language === 'js' ? [process.execPath, name] : ['bash', '-e', name];
        const { status, stdout, stderr } = spawnSync(command!, args, { cwd: folder, env, encoding: 'utf8' });
        expect({ code, status, stderr: stderr.replaceAll(/^(planesearch: |iteration \d| {2}).*\n/gm, '') }).toEqual({
          code,
          status: 0,
          stderr: '',
        });
        for (const line of promised(code)) expect(stdout.split('\n')).toContain(line);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
