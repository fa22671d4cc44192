/** The two readers of sources behind `npm run check` and `npm run docs:tables`, on sources small enough to count by eye. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const script = (name: string): string => path.resolve(import.meta.dirname, '..', '..', 'scripts', name);
const { cppFunctions } = (await import(script('check/sizes.mjs'))) as {
  cppFunctions(text: string): { line: number; name: string; length: number }[];
};
const { firstSentence } = (await import(script('docs/registries.mjs'))) as {
  firstSentence(text: string): string | undefined;
};

describe('the functions of a C++ source', () => {
  it('are measured from their first line to their last brace, inside namespaces and classes', () => {
    const source = [
      'namespace planesearch {', //                   1
      'struct Point { double x = 0, y{1}; };', //     2
      'class Pool {', //                              3
      '  int size() const { return size_; }', //      4
      '};', //                                        5
      'double sum(const Point& a,', //                6
      '           const Point& b) {', //              7
      "  if (a.x > 0) { return '}'; }  // a { here", // 8
      '  return b.x;', //                             9
      '}', //                                        10
      '}  // namespace planesearch', //              11
    ].join('\n');
    expect(cppFunctions(source)).toEqual([
      { line: 4, name: 'size', length: 1 },
      { line: 6, name: 'sum', length: 5 },
    ]);
  });

  it('end where they end, whatever strings and the preprocessor hold', () => {
    const source = [
      '#define OPEN {',
      'void f() {',
      '  print("}}{");',
      "  const int many = 1'000'000;",
      '}',
      'void g() {',
      '}',
    ].join('\n');
    expect(cppFunctions(source).map(({ name, length }) => [name, length])).toEqual([
      ['f', 4],
      ['g', 2],
    ]);
  });
});

describe('the first sentence of a comment', () => {
  it.each([
    ['Squared error, 1/2 (o - y)^2; any outputs.', 'Squared error, 1/2 (o - y)^2; any outputs'],
    ['h(z) = max(0, z). NaN stays NaN.', 'h(z) = max(0, z)'],
    ['Normal weights (He et al. 2015) at 0.5 of the scale. More.', 'Normal weights (He et al. 2015) at 0.5 of the scale'],
    ['Plane search: both rates at once:\n\n    (a, b) = argmin f', 'Plane search: both rates at once'],
    ['Armijo backtracking: the first a with\n\n    f(a) < f(0)', 'Armijo backtracking'],
    ['  ', undefined],
  ])('%j is %j', (comment, sentence) => {
    expect(firstSentence(comment)).toBe(sentence);
  });
});
