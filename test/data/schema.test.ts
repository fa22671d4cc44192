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

describe('checkSchema', () => {
  it.each<DataSchema>([
    csv,
    { ...csv, target: null },
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
