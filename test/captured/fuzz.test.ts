/** What fuzzing has found wrong once (`test/fuzz`): `fuzz/READER-CHECKSUM.bin` is read as `READER` reads it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { targets } from '../fuzz/targets/index.js';

const folder = path.join(import.meta.dirname, 'fuzz');

it.each(readdirSync(folder))('%s', async (name) => {
  const target = await targets[name.slice(0, name.indexOf('-'))]!();
  expect(typeof (await target.check(readFileSync(path.join(folder, name))))).toBe('boolean');
});
