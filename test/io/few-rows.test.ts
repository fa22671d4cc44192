/** A few rows, as a server gets them, never become a matrix: the outputs are those of many rows all the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AFFINE_SPARE, type Backend } from '../../lib/backends/backend.js';
import type { SparseData } from '../../lib/data/index.js';
import { createRandom } from '../../lib/core/random.js';
import { train } from '../../lib/index.js';
import { Model } from '../../lib/io/model.js';
import { mlp, type Network } from '../../lib/networks/index.js';
import { programOf } from '../../lib/networks/program.js';
import { codings } from '../../lib/losses/coding.js';
import { lossByName } from '../../lib/losses/index.js';
import { referenceRow } from '../networks/reference.js';
import { backends } from '../support/backends.js';
import { lossCases, networkCases, networkNamed, normals } from '../support/problems.js';
import { sparseOf } from '../support/sparse.js';

const classes = ['a', 'b', 'c'];

function modelOf(network: Network, columns: number, outputs: number, loss = 'squared'): Model {
  const architecture = network.architecture(columns, outputs);
  const parameters = normals(createRandom(columns), programOf(architecture).layout.size).map((p) => 0.3 * p);
  const { codings: possible, parameters: shape } = lossByName(loss);
  const coding = possible.find((name) => outputs === 1 || name !== 'two-classes')!;
  const named =
    codings[coding].classes === codings.numbers.classes ? {} : { classes: classes.slice(0, Math.max(2, outputs)) };
  const task = { loss, parameters: shape, coding, outputs, ...named };
  return new Model({ network: network.name, architecture, task, parameters });
}

/** Rows of which whole stretches are 0, as pixels and counts have them. */
function rowsOf(rows: number, columns: number, seed = 1) {
  const random = createRandom(seed);
  const values = Float64Array.from({ length: rows * columns }, (_, e) =>
    ((e % columns) >> 4) % 2 === 1 && random.uniform() < 0.9 ? 0 : random.normal(),
  );
  return { values, rows, columns };
}

const rowAt = ({ values, columns }: ReturnType<typeof rowsOf>, i: number) => ({
  values: values.slice(i * columns, (i + 1) * columns),
  rows: 1,
  columns,
});

describe.each(backends)('on the $name backend', (backend) => {
  it.each(networkCases)('$label: one by one, together, as a matrix and by the steps', async ({ network }) => {
    for (const columns of [1, 3, 70]) {
      const model = modelOf(network, columns, 2);
      const x = rowsOf(20, columns);
      const together = await model.outputs(x, backend);
      const matrix = await backend.matrix({ kind: 'dense', ...x }, { frame: 'none' });
      const asMatrix = await model.outputs(matrix, backend);
      matrix.dispose();
      for (let i = 0; i < x.rows; i++) {
        const row = rowAt(x, i);
        const own = together.slice(2 * i, 2 * i + 2);
        expect(await model.outputs(row, backend)).toEqual(own);
        referenceRow(model.spec.architecture, model.spec.parameters, [...row.values]).forEach((o, a) => {
          expect(own[a]).toBeCloseTo(o, 10);
          expect(asMatrix[2 * i + a]).toBeCloseTo(o, 10);
        });
      }
    }
  });

  it.each(lossCases)('$label: predictions one by one are those of all together', async ({ loss, outputs }) => {
    const model = modelOf(networkNamed('mlp 4 tanh'), 5, outputs, loss);
    const x = rowsOf(30, 5);
    const together = await model.predict(x, backend);
    for (let i = 0; i < x.rows; i++) expect(await model.predict(rowAt(x, i), backend)).toEqual([together[i]]);
  });

  it('rows that are too many for it have the same outputs', async () => {
    const model = modelOf(mlp({ hidden: [40] }), 300, 3);
    const x = rowsOf(200, 300);
    const many = await model.outputs(x, backend);
    for (const i of [0, 1, 199]) {
      (await model.outputs(rowAt(x, i), backend)).forEach((o, a) => expect(many[3 * i + a]).toBeCloseTo(o, 10));
    }
  });

  it('float32 rows are taken as the doubles that they are, and offsets are added', async () => {
    const model = modelOf(networkNamed('mlp 4 relu'), 9, 2);
    const x = rowsOf(3, 9);
    const single = { ...x, values: Float32Array.from(x.values) };
    const outputs = await model.outputs(single, backend);
    expect(outputs).toEqual(await model.outputs({ ...x, values: Float64Array.from(single.values) }, backend));
    const offsets = Float64Array.from({ length: 6 }, (_, e) => e);
    expect(await model.outputs(single, backend, offsets)).toEqual(outputs.map((o, e) => o + e));
  });

  it('sparse rows predict as their dense twins, few or many', async () => {
    for (const [network, columns] of [
      [networkNamed('linear'), 1],
      [networkNamed('mlp 4 relu'), 30],
      [mlp({ hidden: [40] }), 300],
    ] as const) {
      const model = modelOf(network, columns, 2);
      const x = rowsOf(200, columns);
      x.values.fill(0, 0, columns);
      const sparse = { ...sparseOf(x.values, x.rows, columns), columnNames: undefined };
      const [many, few] = [await model.outputs(sparse, backend), await model.outputs(x, backend)];
      many.forEach((o, e) => expect(o).toBeCloseTo(few[e]!, 10));
      for (const i of [0, 1, 7]) {
        const row = rowAt(x, i);
        const own = sparseOf(row.values, 1, columns);
        expect(await model.outputs(own, backend)).toEqual(await model.outputs(row, backend));
        const single = { ...own, values: Float32Array.from(own.values!), indices: Int32Array.from(own.indices) };
        const singleTwin = { ...row, values: Float32Array.from(row.values) };
        expect(await model.outputs(single, backend)).toEqual(await model.outputs(singleTwin, backend));
      }
      const ones = { ...sparseOf(x.values.subarray(columns, 2 * columns), 1, columns), values: undefined };
      const filled = { ...rowAt(x, 1), values: rowAt(x, 1).values.map((v) => (v === 0 ? 0 : 1)) };
      expect(await model.outputs(ones, backend)).toEqual(await model.outputs(filled, backend));
    }
  });

  it('sparse rows that are none are refused in the words of a matrix', async () => {
    const whole = { kind: 'csr', indptr: [0, 2], indices: Uint32Array.of(0, 2), rows: 1, columns: 4 } as const;
    const bad: readonly SparseData[] = [
      { ...whole, indices: Uint32Array.of(0, 4) },
      { ...whole, indices: Int32Array.of(0, -1) },
      { ...whole, indices: Uint32Array.of(2, 2) },
      { ...whole, indptr: [0, 1] },
      { ...whole, indptr: [1, 2] },
      { ...whole, indptr: [0, 3] },
      { ...whole, values: Float64Array.of(1, NaN) },
    ];
    const model = modelOf(networkNamed('linear'), 4, 2);
    for (const data of bad) {
      const refused = await Promise.resolve()
        .then(() => backend.matrix(data, { frame: 'none', precision: 'float64' }))
        .catch((error: Error) => error.message);
      expect(refused).toBeTypeOf('string');
      await expect(model.outputs(data, backend)).rejects.toThrow(refused as string);
    }
  });

  it('sparse rows of many columns or entries go through a matrix', async () => {
    const made: number[] = [];
    const watched: Backend = {
      ...backend,
      matrix: (source, options) => {
        made.push(source.columns);
        return backend.matrix(source, options);
      },
    };
    for (const columns of [100, 5000, 70_000]) {
      const model = modelOf(networkNamed('linear'), columns, 1);
      const values = new Float64Array(columns).fill(1, 0, columns === 5000 ? 5000 : 3);
      const [o] = await model.outputs(sparseOf(values, 1, columns), watched);
      const [twin] = await model.outputs({ values, rows: 1, columns }, watched);
      expect(o).toBeCloseTo(twin!, 9);
    }
    expect(made).toEqual([5000, 70_000]);
  });

  it('what is not finite is refused with its place', async () => {
    const model = modelOf(networkNamed('linear'), 4, 2);
    for (const bad of [NaN, Infinity, -Infinity]) {
      const x = rowsOf(3, 4);
      x.values[6] = bad;
      await expect(model.outputs(x, backend)).rejects.toThrow(`X at row 1, column 2 (from 0) must be a finite number`);
    }
    // Finite rows may have outputs that are not.
    const x = { values: new Float64Array(4).fill(1e308), rows: 1, columns: 4 };
    model.spec.parameters.fill(10);
    expect([...(await model.outputs(x, backend))]).toEqual([Infinity, Infinity]);
  });

  it('many calls at a time do not meet', async () => {
    const model = modelOf(networkNamed('gated 3'), 6, 1);
    const x = rowsOf(40, 6);
    const together = await model.outputs(x, backend);
    const apart = await Promise.all(Array.from({ length: x.rows }, (_, i) => model.outputs(rowAt(x, i), backend)));
    expect(apart.map(([o]) => o)).toEqual([...together]);
  });

  it('the product is X W + b for any shape', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 1, max: 14 }),
      inputs: fc.integer({ min: 1, max: 100 }),
      width: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(shape, ({ rows, inputs, width }) => {
        const { values } = rowsOf(rows, inputs, rows + 1);
        const layer = normals(createRandom(width), (inputs + 1) * width);
        const out = new Float64Array(rows * width + AFFINE_SPARE);
        backend.vectors.affineInto(values, rows, layer, width, out);
        out.subarray(0, rows * width).forEach((o, e) => {
          const [i, a] = [Math.floor(e / width), e % width];
          let sum = layer[inputs * width + a]!;
          for (let j = 0; j < inputs; j++) sum += values[i * inputs + j]! * layer[j * width + a]!;
          expect(o).toBeCloseTo(sum, 10);
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(backends)('what the caller changes after the call, on the $name backend', (backend) => {
  it('is not read any more: rows, dense and sparse, and offsets', async () => {
    const values = Float64Array.from({ length: 12 }, (_, e) => Math.sin(e));
    const { model } = await train({ x: { values, rows: 4, columns: 3 }, y: [1, 2, 4, 3] }, { l2: 0.1 });
    const dense = { values: values.slice(), rows: 4, columns: 3 };
    const sparse = {
      kind: 'csr' as const,
      indptr: Float64Array.of(0, 3, 6, 9, 12),
      indices: Uint32Array.from({ length: 12 }, (_, e) => e % 3),
      values: values.slice(),
      rows: 4,
      columns: 3,
    };
    const offsets = Float64Array.of(1, 2, 3, 4);
    const expected = (await model.outputs({ values, rows: 4, columns: 3 }, backend)).map((o, i) => o + offsets[i]!);
    const y = [1, 2, 4, 3];
    const scored = await model.evaluate({ values, rows: 4, columns: 3 }, y, backend, offsets);
    const promised = [model.outputs(dense, backend, offsets), model.outputs(sparse, backend, offsets)];
    const scoring = [model.evaluate(dense, y, backend, offsets), model.evaluate(sparse, y, backend, offsets)];
    for (const array of [dense.values, sparse.values, sparse.indptr, sparse.indices, offsets]) array.fill(0);
    y.fill(7);
    for (const { loss, r2 } of await Promise.all(scoring)) {
      expect(loss).toBeCloseTo(scored.loss, 12);
      expect(r2).toBeCloseTo(scored.r2!, 12);
    }
    for (const found of await Promise.all(promised))
      found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });

  it('offsets of compressed rows that do not span the entries are refused for any number of rows', async () => {
    const values = Float64Array.from({ length: 12 }, (_, e) => Math.sin(e));
    const { model } = await train({ x: { values, rows: 4, columns: 3 }, y: [1, 2, 4, 3] }, { l2: 0.1 });
    for (const rows of [2, 800_000]) {
      const indptr = new Float64Array(rows + 1).fill(1);
      indptr[0] = 0;
      const x = { kind: 'csr' as const, indptr, indices: Uint32Array.of(0, 1), rows, columns: 3 };
      await expect(model.outputs(x, backend)).rejects.toThrow('The last offset of indptr must be 2, the number of indices');
    }
  });
});
