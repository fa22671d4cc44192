/**
 * The same run of lines in two places of lib or native: an idea without a home. Blank lines, comments, imports and lone
 * brackets do not count, so neither does moving them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/run.mjs';
import { filesUnder } from '../setup/stamp.mjs';

const LEAST_LINES = 8;

export async function duplicates() {
  const seen = new Map(); // a window of lines -> where it was met first
  const complaints = [];
  for (const file of filesUnder('lib', 'native').filter((name) => /\.(ts|h|cc)$/.test(name))) {
    const lines = tellingLines(readFileSync(path.join(root, file), 'utf8'));
    let reportedUntil = -1;
    for (let i = 0; i + LEAST_LINES <= lines.length; i++) {
      const key = lines
        .slice(i, i + LEAST_LINES)
        .map(({ text }) => text)
        .join('\n');
      const here = `${file}:${lines[i].number}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, here);
      else if (i > reportedUntil) {
        complaints.push(`${here} repeats ${LEAST_LINES} or more lines of ${first}.`);
        reportedUntil = i + LEAST_LINES - 1;
      }
    }
  }
  return complaints.length === 0 ? {} : { complaint: complaints.join('\n') };
}

function tellingLines(text) {
  const empty = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''));
  return empty
    .split('\n')
    .map((line, i) => ({ number: i + 1, text: line.replace(/\/\/.*$/, '').trim() }))
    .filter(({ text: line }) => /\w/.test(line) && !/^(import|export .* from|#include|using)\b/.test(line));
}
