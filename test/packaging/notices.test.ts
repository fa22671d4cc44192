/** The notices of what is compiled into the binaries, against the licenses as their packages bring them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const words = (text: string): string =>
  text
    .replace(/[`*#>=-]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
const notices = words(readFileSync(path.join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8'));

describe('the third-party notices', () => {
  it('hold the license of node-addon-api, whose headers are compiled in', () => {
    const license = readFileSync(path.join(root, 'node_modules', 'node-addon-api', 'LICENSE.md'), 'utf8');
    expect(notices).toContain(words(license.slice(license.indexOf('Permission is hereby granted'))));
  });

  it.each(['OpenBLAS', 'Highway', 'GNU libstdc++'])('name %s', (name) => expect(notices).toContain(name));
});
