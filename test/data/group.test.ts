/** A column that says which group a row is of stays out of X and comes back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { columnNames, loadTable, tableFrom } from '../../lib/data/index.js';
import { writeFile } from 'node:fs/promises';
import { expectError, temporaryFiles, type TemporaryFiles } from './files.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

const rows = Array.from({ length: 12 }, (_, i) => ({ who: `p${i % 4}`, visit: i % 3, height: i / 2, y: i % 2 ? 'a' : 'b' }));

it('of texts, wherever it stands', async () => {
  const { data, groups, schema, target } = await tableFrom(rows, { group: 'who' });
  expect(columnNames(schema)).toEqual(['visit', 'height']);
  expect(data.columns).toBe(2);
  expect(groups).toEqual(rows.map(({ who }) => who));
  expect(target).toEqual({ kind: 'strings', values: rows.map(({ y }) => y) });
  const { groups: none } = await tableFrom(rows);
  expect(none).toBeUndefined();
});

it('of numbers, and of codes, which keep their zeros', async () => {
  const { groups } = await tableFrom(rows, { group: 'visit' });
  expect([...(groups as Float64Array)]).toEqual(rows.map(({ visit }) => visit));
  const file = files.path('codes.csv');
  await writeFile(file, ['id,a,y', '007,1,2', '7,2,3', '007,3,4', ''].join('\n'));
  const table = await loadTable(file, { group: 'id' });
  expect(table.groups).toEqual(['007', '7', '007']);
  expect(table.data.columns).toBe(1);
  expect((await loadTable(file, { group: 'id', target: 'y', needsTarget: false })).groups).toEqual(['007', '7', '007']);
});

it('is refused where it is the target, not there, empty in a row, or the format has no columns', async () => {
  await expectError(() => tableFrom(rows, { group: 'y' }), 'INVALID_OPTION', '--group', 'other than the target');
  await expectError(() => tableFrom(rows, { group: 'whom' }), 'INVALID_DATA', 'The group column', "'whom'");
  const gap = [...rows, { ...rows[0]!, who: '' }];
  await expectError(() => tableFrom(gap, { group: 'who' }), 'INVALID_DATA', "column 'who'", 'missing values are refused');
  const { schema } = await tableFrom(rows);
  await expectError(() => tableFrom(rows, { schema, group: 'who' }), 'INCOMPATIBLE', '--group');
  const file = files.path('a.svm');
  await writeFile(file, '1 1:2\n2 1:3\n');
  await expectError(() => loadTable(file, { group: 'who' }), 'INVALID_OPTION', 'group', 'libsvm');
});
