/** Against scikit-learn (1.2.1, `HashingVectorizer(norm=None)` and `TfidfTransformer()`), and what has to hold for all texts. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmurHash3, TextVectorizer, type SparseData, type TextVectorizerOptions } from '../../lib/index.js';
import { decodeCounts, encodeCounts } from '../../lib/preprocessing/frequency-code.js';
import { expectError } from '../data/files.js';

interface Case extends Required<TextVectorizerOptions> {
  readonly indptr: number[];
  readonly indices: number[];
  readonly values: number[];
}

const known = JSON.parse(readFileSync(new URL('scikit-learn.json', import.meta.url), 'utf8')) as {
  texts: string[];
  cases: Case[];
  hashes: [string, number, number][];
};

/** Row after row: [feature, value] in the order of the features. */
function rowsOf({
  indptr,
  indices,
  values,
}: Pick<SparseData, 'indptr' | 'indices'> & { values?: ArrayLike<number> | undefined }): [number, number][][] {
  return Array.from({ length: indptr.length - 1 }, (_, i) =>
    Array.from({ length: indptr[i + 1]! - indptr[i]! }, (_, k): [number, number] => [
      indices[indptr[i]! + k]!,
      values![indptr[i]! + k]!,
    ]).sort(([a], [b]) => a - b),
  );
}

describe('MurmurHash3', () => {
  it.each(known.hashes)('of %j with seed %d', (text, seed, hash) => {
    const bytes = new TextEncoder().encode(`..${text}.`);
    expect(murmurHash3(bytes, 2, bytes.length - 1, seed)).toBe(hash);
  });

  it('has the published values', () => {
    const of = (text: string, seed: number) =>
      murmurHash3(new TextEncoder().encode(text), 0, Buffer.byteLength(text), seed) >>> 0;
    expect(of('', 1)).toBe(0x514e28b7);
    expect(of('test', 0)).toBe(0xba6bd213);
    expect(of('Hello, world!', 0x9747b28c)).toBe(0x24884cba);
  });
});

describe('TextVectorizer', () => {
  it.each(known.cases)(
    'is scikit-learn: $analyzer $ngrams in $features features',
    async ({ indptr, indices, values, ...options }) => {
      const x = await new TextVectorizer(options).fitTransform(known.texts);
      expect(Array.from(x.indptr)).toEqual(indptr);
      const [ours, theirs] = [rowsOf(x), rowsOf({ indptr, indices: Uint32Array.from(indices), values })];
      expect(ours.map((row) => row.map(([feature]) => feature))).toEqual(
        theirs.map((row) => row.map(([feature]) => feature)),
      );
      ours.flat().forEach(([, value], k) => expect(value).toBeCloseTo(theirs.flat()[k]![1], 6));
      expect(x.values).toBeInstanceOf(Float32Array);
    },
  );

  it('weighs by the formula', async () => {
    const x = await new TextVectorizer().fitTransform(['aa bb bb', 'aa cc']);
    const rare = Math.log(3 / 2) + 1;
    const [first] = rowsOf(x).map((row) => row.map(([, value]) => value).sort((a, b) => a - b));
    expect(first![0]).toBeCloseTo(1 / Math.hypot(1, 2 * rare), 7);
    expect(first![1]).toBeCloseTo((2 * rare) / Math.hypot(1, 2 * rare), 7);
  });

  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 1, maxLength: 8 });
  const options = fc.record({
    analyzer: fc.constantFrom('word', 'char', 'char_wb' as const),
    ngrams: fc.constantFrom([1, 1], [1, 3], [2, 5]),
    features: fc.constantFrom(2, 7, 2 ** 12),
    lowercase: fc.boolean(),
    signs: fc.constant(false),
  }) as fc.Arbitrary<TextVectorizerOptions>;

  it('gives rows of length 1 or 0, each feature once, and the same bits from its JSON', async () => {
    await fc.assert(
      fc.asyncProperty(texts, options, async (given, how) => {
        const vectorizer = new TextVectorizer(how);
        const x = await vectorizer.fitTransform(given);
        for (const row of rowsOf(x)) {
          expect(new Set(row.map(([feature]) => feature)).size).toBe(row.length);
          const length = Math.hypot(...row.map(([, value]) => value));
          expect(row.length === 0 ? 1 : length).toBeCloseTo(1, 5);
        }
        const again = TextVectorizer.from(JSON.parse(JSON.stringify(vectorizer)));
        expect(await again.transform(given)).toEqual(x);
        expect(again.toJSON()).toEqual(vectorizer.toJSON());
      }),
      { numRuns: 60 },
    );
  });

  it('has its own rows for each text, whatever the others are', async () => {
    const vectorizer = await new TextVectorizer({ ngrams: [1, 2] }).fit(known.texts);
    const all = rowsOf(await vectorizer.transform(known.texts));
    for (let i = 0; i < known.texts.length; i++)
      expect(rowsOf(await vectorizer.transform([known.texts[i]!]))).toEqual([all[i]]);
  });

  it('yields within a long text', () => {
    const rows = new TextVectorizer({ analyzer: 'char', ngrams: [1, 3] }).start();
    let turns = 0;
    for (const _ of rows.add('ab '.repeat(100_000))) turns++;
    expect(turns).toBeGreaterThan(40);
  });

  it('counts as a short text and back', () => {
    fc.assert(
      fc.property(fc.uint32Array(), (counts) => {
        const text = encodeCounts(counts);
        expect(decodeCounts(text, counts.length, 2 ** 32 - 1)).toEqual(counts);
        expect(decodeCounts(text, counts.length + 1, 2 ** 32 - 1)).toBeNull();
        if (counts.length > 0) expect(decodeCounts(text, counts.length - 1, 2 ** 32 - 1)).toBeNull();
      }),
    );
  });

  it.each<[string, object, string]>([
    ['another analyzer', { analyzer: 'words' }, "analyzer must be one of word, char, char_wb, but 'words' was given."],
    ['a single length', { ngrams: 2 }, 'ngrams must be a list of two lengths, such as [1, 2], but 2 was given.'],
    ['lengths that fall', { ngrams: [3, 2] }, 'The longest n-gram must be an integer from 3 to 16, but 2 was given.'],
    ['one feature', { features: 1 }, 'features must be an integer from 2 to 67108864, but 1 was given.'],
    ['a misspelt option', { ngram: [1, 2] }, "There is no option 'ngram'. Did you mean 'ngrams'?"],
  ])('refuses %s', (_what, given, message) => expectError(() => new TextVectorizer(given), 'INVALID_OPTION', message));

  it('refuses what is no text, and work before it was fitted', async () => {
    const vectorizer = new TextVectorizer();
    await expectError(() => vectorizer.transform(['a']), 'INVALID_ARGUMENT', 'fitted before it transforms');
    await expectError(() => JSON.stringify(vectorizer), 'INVALID_ARGUMENT', 'fitted before it transforms');
    await expectError(
      () => vectorizer.fit(['a', 5 as never]),
      'INVALID_DATA',
      'Text 1 (from 0) must be a string, but 5 was given.',
    );
    await expectError(
      () => vectorizer.fit('ab' as never),
      'INVALID_ARGUMENT',
      "The texts must be a list of strings, but 'ab'",
    );
    await expectError(() => vectorizer.fit([]), 'INVALID_ARGUMENT', 'The texts must be at least one');
  });

  it.each<[string, object, string]>([
    ['no options', { analyzer: 5 }, 'the options of one'],
    ['no texts', { texts: 0 }, 'a number of texts'],
    ['frequencies too few', { frequencies: 'AAAA' }, '8 frequencies, each of at most 2 texts'],
    [
      'frequencies too large',
      { frequencies: encodeCounts(new Uint32Array(8).fill(3)) },
      '8 frequencies, each of at most 2 texts',
    ],
    ['frequencies that never end', { frequencies: Buffer.alloc(40, 0xff).toString('base64') }, '8 frequencies'],
    ['a long text for them', { frequencies: 'A'.repeat(1000) }, '8 frequencies'],
  ])('refuses a damaged state: %s', async (_what, damage, message) => {
    const state = (await new TextVectorizer({ features: 8 }).fit(['aa', 'bb'])).toJSON();
    await expectError(() => TextVectorizer.from({ ...state, ...damage }), 'INVALID_MODEL', message);
  });
});
