/** The README as it is read in the package: what it points to is there. That its code runs is the part of `test/docs`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** The files that npm would pack. */
function packedFiles(): Set<string> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
  return new Set(files.map((file) => file.path));
}

/** Files and folders named in a text: in backquotes, or as a link. */
function mentioned(text: string): string[] {
  const quoted = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]*)*)`/g)].map((match) => match[1]!);
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]!);
  // What is written by a command (`build/api`) or is no file (`auto`) does not lie in a checkout.
  return [...quoted.filter((name) => /[./]/.test(name) && existsSync(path.join(root, name))), ...links];
}

describe('the README', () => {
  it('points to files of the package, or says that they are in the repository', () => {
    const packed = packedFiles();
    const missing = readme
      .split(/^## /m)
      .filter((section) => !section.includes('a clone of the repository'))
      .flatMap((section) => mentioned(section.replaceAll(/`examples\/`\s+of the repository/g, '')))
      .filter((name) => !packed.has(name) && ![...packed].some((file) => file.startsWith(name.replace(/\/?$/, '/'))));
    expect(missing).toEqual([]);
    expect(mentioned(readme)).toEqual(expect.arrayContaining(['docs/penalty.md', 'docs/deployment.md', 'ARCHITECTURE.md']));
  });

  it('names no Markdown file that is not there', () => {
    const names = [...readme.matchAll(/`([\w/-]+\.md)`/g)].map((match) => match[1]!);
    expect(names.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });
});
