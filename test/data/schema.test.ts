import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../lib/data/schema.js';
import type { DataSchema } from '../../lib/data/table.js';
import { expectError } from './files.js';

const csv = {
  format: 'csv',
  columns: 3,
  width: 3,
  header: true,
  features: [
    { name: 'a', source: 0, kind: 'numeric' },
    { name: 'b', source: 1, kind: 'categorical', categories: ['x', 'y'] },
  ],
  target: { name: 'c', source: 2, kind: 'strings' },
} as const;

const everyKind = {
  ...csv,
  columns: 10,
  width: 6,
  features: [
    { name: 'a', source: 0, kind: 'numeric', fill: 1.5, indicator: true },
    { name: 'b', source: 1, kind: 'categorical', categories: ['x', 'y'], others: true, fill: 'z', indicator: true },
    { name: 'd', source: 3, kind: 'boolean', fill: 0.5 },
    { name: 'e', source: 4, kind: 'date', order: 'dmy', fill: 18262.5 },
    { name: 'f', source: 5, kind: 'categorical', categories: ['u', 'v'], fill: 'u' },
  ],
} as const;
const numeric = (more: object) => ({ ...csv, columns: 1, features: [{ name: 'a', source: 0, kind: 'numeric', ...more }] });
const categorical = (more: object) => ({
  ...csv,
  columns: 2,
  features: [{ name: 'a', source: 0, kind: 'categorical', categories: ['x', 'y'], ...more }],
});

describe('checkSchema', () => {
  it.each<DataSchema>([
    csv,
    { ...csv, target: null },
    { ...csv, format: 'table' },
    everyKind,
    { format: 'libsvm', columns: 5, target: 'numbers' },
    { format: 'libsvm', columns: 5, target: null },
    { ...csv, numbers: { decimal: ',', thousands: '.' }, missing: ['-99'] },
    { format: 'libsvm', columns: 5, target: null, indexBase: 0 },
    { format: 'idx', columns: 784, divisor: 255, shape: [28, 28] },
    { format: 'idx', columns: 784, shape: [28, 28] },
    { format: 'idx', columns: 1, shape: [] },
  ])('takes %j', (schema) => {
    expect(checkSchema(JSON.parse(JSON.stringify(schema)))).toEqual(schema);
  });

  it.each<unknown>([
    null,
    'csv',
    [],
    {},
    { format: 'npy', columns: 3 },
    { format: 'libsvm', columns: 0, target: null },
    { format: 'libsvm', columns: 5, target: 'x' },
    { format: 'idx', columns: 784, shape: [28, 27] },
    { format: 'idx', columns: 784, shape: '28' },
    { format: 'idx', columns: 1 },
    { ...csv, numbers: 5 },
    { ...csv, numbers: { decimal: ';', thousands: null } },
    { ...csv, numbers: { decimal: ',', thousands: ',' } },
    { ...csv, missing: 'NA' },
    { format: 'libsvm', columns: 5, target: null, indexBase: 2 },
    { format: 'idx', columns: 784, divisor: 0, shape: [28, 28] },
    { ...csv, columns: 4 },
    { ...everyKind, columns: 9 },
    numeric({ fill: '1' }),
    numeric({ fill: null }),
    numeric({ indicator: true }),
    numeric({ indicator: false }),
    numeric({ order: 'dmy' }),
    { ...csv, columns: 1, features: [{ name: 'a', source: 0, kind: 'date', order: 'ymd' }] },
    categorical({ fill: 'z' }),
    categorical({ fill: 1 }),
    categorical({ others: 1 }),
    { ...csv, header: 'yes' },
    { ...csv, width: 0 },
    { ...csv, features: [{ name: 'a', source: 0, kind: 'odd' }] },
    { ...csv, features: [{ name: 'a', source: 3, kind: 'numeric' }], columns: 1 },
    { ...csv, target: { name: 'c', source: 2, kind: 'numeric' } },
    { ...csv, features: [{ name: 'a', source: 0, kind: 'categorical', categories: [1, 2, 3] }] },
  ])('refuses %j', (value) =>
    expectError(() => checkSchema(value), 'INVALID_MODEL', 'The data schema of the model must have'),
  );
});
