import { describe, expect, it } from 'vitest';
import { benchModule } from './support.js';

interface Table {
  readonly title?: string;
  readonly folded?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
type Renderer = (table: Table) => string;
const { htmlTable, page } = await benchModule<{ page: (content: object) => string; htmlTable: Renderer }>('report/page.mjs');
const { markdownTable, textTable } = await benchModule<Record<'markdownTable' | 'textTable', Renderer>>('report/table.mjs');

const table: Table = {
  title: 'Gaps',
  columns: ['rule', 'gap'],
  rows: [
    ['line | plane', '**1.0e-3**'],
    ['fixed <0.1>', 2],
  ],
};

describe('a table', () => {
  it('is Markdown, with figures to the right', () => {
    expect(markdownTable(table)).toBe(
      '| rule | gap |\n| --- | ---: |\n| line \\| plane | **1.0e-3** |\n| fixed <0.1> | 2 |',
    );
  });

  it('is text in columns', () => {
    expect(textTable(table)).toBe('rule             gap\nline | plane  1.0e-3\nfixed <0.1>        2');
  });

  it('is HTML in which no cell is markup', () => {
    const html = htmlTable(table);
    expect(html).toContain('<td>fixed &lt;0.1&gt;</td><td class="number">2</td>');
    expect(html).toContain('<strong>1.0e-3</strong>');
  });

  it('opens on demand where it is folded', () => {
    const folded = { ...table, folded: 'more <b>' };
    expect(htmlTable(folded)).toBe(`<details><summary>more &lt;b&gt;</summary>\n${htmlTable(table)}\n</details>`);
    expect(markdownTable(folded)).toBe(
      `<details><summary>more &lt;b&gt;</summary>\n\n${markdownTable(table)}\n\n</details>`,
    );
  });
});

describe('a page', () => {
  const series = (row: string, column: string) => ({
    label: `a </title><b> ${row} ${column}`,
    x: [
      [0, 1, 2],
      [0, 2, 4],
    ],
    y: [1, 0.25, 1e-20],
    legend: { row, column },
  });
  const figure = {
    title: 'Gap',
    section: 'Linear',
    yLabel: 'gap',
    logY: true,
    yMin: 1e-12,
    views: [
      { label: 'per iteration', xLabel: 'k' },
      { label: 'per product', xLabel: 'products' },
    ],
    series: [series('lbfgs', 'plane'), series('lbfgs', 'line'), series('adam', 'plane')],
  };
  const shown = { rows: ['lbfgs'], columns: ['plane', 'line'] };
  const content = { title: 'A & B', lead: 'Hello', intro: '<p>there</p>', tables: [table], figures: [figure], shown };
  const html = page(content);

  it('needs no network and no script, and no name is markup', () => {
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|(src|href)="(?!#|data:)/);
    expect(html).toContain('<title>A &amp; B</title>');
    expect(html).not.toContain('</title><b>');
  });

  it('draws every series in every view, in the groups of its row and its column', () => {
    const groups = [...html.matchAll(/<g class="series ([^"]*)">/g)].map(([, names]) => names);
    const once = ['row-0 column-0', 'row-0 column-1', 'row-1 column-0'];
    expect(groups).toEqual([...once, ...once]);
    expect(html.match(/class="mark"/g)).toHaveLength(6);
  });

  it('has a box for each row and column, checked where it is shown, that hides its group', () => {
    const boxes = [...html.matchAll(/<input type="checkbox" id="([^"]*)"( checked)?>/g)].map(([, id, on]) => [id, !!on]);
    expect(boxes).toEqual([
      ['row-0-box', true],
      ['row-1-box', false],
      ['column-0-box', true],
      ['column-1-box', true],
    ]);
    for (const group of ['row-0', 'row-1', 'column-0', 'column-1'])
      expect(html).toContain(`main:has(#${group}-box:not(:checked)) .${group}{display:none}`);
  });

  it('has a legend instead where series have no grid', () => {
    const plain = figure.series.map(({ legend: _, ...one }) => one);
    const without = page({ ...content, figures: [{ ...figure, series: plain }] });
    expect(without).toContain('<ul class="legend">');
    expect(without).not.toContain('checkbox');
  });
});
