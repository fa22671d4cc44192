/**
 * Every reader over damaged files: each is read as what it says, or refused in one harmless sentence with a code; quickly, and never as something
 * else. `npm run fuzz -- --reader NAME` runs more of it, guided by what the cases make run.
 */
import { describe, expect, it } from 'vitest';
import { fuzz } from './engine.js';
import { root } from './target.js';
import { targets } from './targets/index.js';

const {
  PLANESEARCH_FUZZ_READER: only,
  PLANESEARCH_FUZZ_CASES: cases = '400',
  PLANESEARCH_FUZZ_SEED: seed = '1',
} = process.env;
const guide = only === undefined ? null : new RegExp(`${root}/(lib|node_modules/(csv-parse|hyparquet|@uwdata|yauzl))/`);
const names = Object.keys(targets).filter((name) => only === undefined || only === name);

describe.skipIf(names.length === 0)('damaged files', () => {
  it.each(names)('%s', { timeout: Math.max(900_000, 60 * Number(cases)) }, async (name) => {
    const report = await fuzz(name, targets[name]!, { cases: Number(cases), seed: Number(seed), guide });
    if (guide) console.log(`${name}: ${JSON.stringify(report)}`);
    // Refusing everything would be easy. What has a checksum is rightly refused after any damage.
    expect(report.sound).toBeGreaterThan(0);
  });
});
