import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { benchModule } from './support.js';

interface Table {
  readonly title?: string;
  readonly folded?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
const { page } = await benchModule<{ page: (content: Record<string, unknown>) => string }>('report/page.mjs');
type Renderers = Record<'htmlTable' | 'markdownTable' | 'textTable', (table: Table) => string>;
const { htmlTable, markdownTable, textTable } = await benchModule<Renderers>('report/table.mjs');

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
  const series = { label: 'a </script><b> name', x: [0, 1], y: [1, 0.25], color: '#000' };
  const figure = { title: 'Gap', xLabel: 'k', yLabel: 'gap', logY: true, series: [series] };
  const html = page({ title: 'A & B', intro: '<p>Hello</p>', tables: [table], figures: [figure] });
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code]) => code!);

  it('holds its scripts and styles itself, and no name ends them', () => {
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
    expect(scripts).toHaveLength(2);
    expect(html).toContain('<title>A &amp; B</title>');
    expect(() => scripts.map((code) => new Script(code))).not.toThrow();
  });

  it('brings the figures as they were given', () => {
    const given = /const figures = (.*);\n/.exec(scripts[1]!)![1]!;
    expect((JSON.parse(given) as { series: unknown[] }[])[0]!.series).toEqual([series]);
  });
});
