/**
 * The code of README and docs runs as it stands, from the packed tarball in an empty folder, one block after the other, prints what it says
 * that it prints, and has nothing on standard error but notices. A block that cannot run here says so in its first line.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDist } from '../support/dist.js';
import { Consumer } from '../world/consumer.js';
import { blocksOf, javascriptOf, linked, pages, programsOf, promised, root, textOf, unfenced } from './blocks.js';
import { writeGiven } from './given.js';

const languages = ['js', 'ts', 'sh', 'text', 'json', 'html', 'dockerfile'];
/** What the pages need beside the package, as they say. */
const packages = [
  'onnxruntime-node',
  'onnxruntime-common',
  'hyparquet',
  'ml-matrix',
  'is-any-array',
  'ml-array-rescale',
  'ml-array-min',
  'ml-array-max',
];

let consumer: Consumer;

beforeAll(() => {
  buildDist();
  consumer = new Consumer();
  const modules = path.join(consumer.folder, 'node_modules');
  for (const name of packages) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  mkdirSync(path.join(modules, '.bin'));
  symlinkSync(path.join(modules, 'planesearch', 'bin', 'planesearch.mjs'), path.join(modules, '.bin', 'planesearch'));
  // What npx does with a command that is installed.
  writeFileSync(path.join(modules, '.bin', 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
}, 180_000);
afterAll(() => consumer?.remove());

/** A folder of the page's own, with the files that its reader has, and the blocks. */
async function prepared(page: string): Promise<string> {
  const folder = path.join(consumer.folder, path.basename(page, '.md'));
  mkdirSync(folder);
  const programs = programsOf(textOf(page));
  await writeGiven(folder, programs.map(({ code }) => code).join('\n'));
  for (const { name, language, code } of programs)
    if (language === 'sh') writeFileSync(path.join(folder, `${name}.sh`), code);
  for (const { block, code } of linked(programs)) {
    if (block.language === 'ts') writeFileSync(path.join(folder, `${block.name}.mts`), code);
    writeFileSync(path.join(folder, `${block.name}.mjs`), javascriptOf({ language: block.language, code }));
  }
  return folder;
}

/** What each block has written, by its file. */
function byBlock(output: string): Map<string, string> {
  const parts = output
    .split('\0')
    .slice(1)
    .map((part) => /^([^\n]*)\n(.*)$/s.exec(part)!);
  return new Map(parts.map(([, name, text]) => [name!, text!]));
}

const notice = /^(planesearch: |iteration \d| {2}).*\n/gm;

/** As the site and the repository's pages make them of a heading. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Files that are not there, and headings that no page has. */
function deadLinks(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => target!);
  const named = [...text.matchAll(/`(docs\/[\w-]+\.md)(?:`|#)/g)].map(([, target]) =>
    path.relative(path.dirname(page), target!),
  );
  return [...links, ...named].filter((link) => {
    const [file, anchor] = link.split('#');
    const to = file === '' ? page : path.join(path.dirname(page), file!);
    return !existsSync(path.join(root, to)) || (anchor !== undefined && !anchorsOf(textOf(to)).includes(anchor));
  });
}

describe.each(pages)('%s', (page) => {
  const text = textOf(page);
  const programs = programsOf(text);

  it('has fenced code of a known language, and a reason where it is not run', () => {
    expect(blocksOf(text).filter(({ language }) => !languages.includes(language))).toEqual([]);
    expect(unfenced(text)).toEqual([]);
    for (const { notRun } of blocksOf(text)) if (notRun !== null) expect(notRun.length).toBeGreaterThan(5);
  });

  it('points to what is there', () => {
    expect(deadLinks(page, text)).toEqual([]);
  });

  it.runIf(programs.length > 0)('has code that runs and prints what it says', { timeout: 120_000 }, async () => {
    const cwd = await prepared(page);
    const files = programs.map(({ name, language }) => `${name}.${language === 'sh' ? 'sh' : 'mjs'}`);
    const env = { ...process.env, PATH: `${path.join(consumer.folder, 'node_modules', '.bin')}:${process.env['PATH']}` };
    const args = [path.join(import.meta.dirname, 'run-page.mjs'), ...files];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env });
    for (const [name, told] of byBlock(stderr)) expect([name, told.replaceAll(notice, '')]).toEqual([name, '']);
    const printed = byBlock(stdout);
    programs.forEach(({ code }, k) => {
      const output = printed.get(files[k]!)!;
      expect(output).not.toMatch(/\bNaN\b/);
      for (const line of promised(code)) expect(output).toMatch(line);
    });
  });
});

/** Behind the pages, which have written the modules. */
it('has TypeScript that compiles in strict mode, and JavaScript with calls that exist', { timeout: 120_000 }, () => {
  const complaints = (extension: string, options: ts.CompilerOptions): string[] => {
    const files = ts.sys.readDirectory(consumer.folder, [extension], ['node_modules']);
    const shared = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, noEmit: true, skipLibCheck: true };
    const typeRoots = [path.join(consumer.folder, 'node_modules', '@types')];
    const program = ts.createProgram(files, { ...shared, allowJs: true, typeRoots, types: ['node'], ...options });
    // JavaScript cannot say which of several types a value has: what counts there are names that are not exported, or not there.
    const told = ts
      .getPreEmitDiagnostics(program)
      .filter(({ code }) => options.strict || [2304, 2305, 2307, 2552, 2561, 2724].includes(code));
    return told.map(({ file, start, messageText }) => {
      const line = file?.text.slice(0, start).split('\n').length ?? 0;
      return `${file && path.relative(consumer.folder, file.fileName)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  };
  expect(complaints('.mts', { strict: true, exactOptionalPropertyTypes: true })).toEqual([]);
  expect(complaints('.mjs', { checkJs: true, strict: false })).toEqual([]);
});
