/** Where rows are, sums in order, files dealt to ranks, and the sentences of what goes wrong between ranks. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/random.js';
import { npyHeader } from '../../lib/data/convert/npy-rows.js';
import { inProcess, lead, serve } from '../../lib/distributed/index.js';
import { Placement } from '../../lib/distributed/placement.js';
import { dealt } from '../../lib/distributed/shards.js';
import type { Backend, SparseSource } from '../../lib/backends/backend.js';
import type { HeldRows } from '../../lib/distributed/read-parts.js';
import { recut } from '../../lib/distributed/recut.js';
import { squared } from '../../lib/losses/index.js';
import { train, type TrainingCallback } from '../../lib/train.js';
import { nativeAbsence, nativeBackend } from '../support/backends.js';
import { javascript, normals, smallProblem } from '../support/problems.js';
import { onRanks } from './ranks.js';

describe('placement', () => {
  it('what is scattered is gathered again, for any range', () => {
    const random = createRandom(1);
    const partOf = Uint16Array.from({ length: 3000 }, () => random.integer(5));
    const placement = new Placement(5, partOf);
    for (const range of [
      { from: 0, count: 3000 },
      { from: 1023, count: 2 },
      { from: 700, count: 1500 },
      { from: 2048, count: 0 },
    ]) {
      const values = normals(random, range.count * 3);
      const lists = placement.scatter(values, 3, range);
      expect(placement.gather(lists, 3, range)).toEqual(values);
      expect(placement.ranges(range).map(({ count }) => 3 * count)).toEqual(lists.map(({ length }) => length));
    }
    const counts = [...placement.before(3000)];
    expect(counts).toEqual([0, 1, 2, 3, 4].map((part) => partOf.filter((p) => p === part).length));
  });
});

describe('a communicator', () => {
  it('adds in one order whatever the cut, over pieces and empty ranks', async () => {
    const random = createRandom(2);
    const length = 20_000;
    const terms = Array.from({ length: 7 }, () => normals(random, length, 1e3));
    const sums: Float64Array[] = [];
    for (const cuts of [
      [0, 7],
      [0, 3, 7],
      [0, 1, 1, 6, 7],
    ]) {
      const ranks = inProcess(cuts.length - 1);
      const totals = await Promise.all(
        ranks.map((communicator, rank) => communicator.orderedSum(terms.slice(cuts[rank], cuts[rank + 1]), length)),
      );
      expect(totals.slice(1).every((total) => total === null)).toBe(true);
      sums.push(totals[0]!);
    }
    expect(sums[1]).toEqual(sums[0]);
    expect(sums[2]).toEqual(sums[0]);
    const expected = terms.reduce((total, term) => total.map((value, e) => value + term[e]!), new Float64Array(length));
    for (let e = 0; e < length; e++) expect(Math.abs(sums[0]![e]! - expected[e]!)).toBeLessThan(1e-10);
  });

  it('sums, takes the largest and broadcasts', async () => {
    const ranks = inProcess(3, { delay: () => 1 });
    const each = await Promise.all(
      ranks.map(async (communicator) => {
        const sum = await communicator.sum(Float64Array.of(communicator.rank, 1));
        const largest = await communicator.maximum(Float64Array.of(communicator.rank, 1 - communicator.rank));
        const told = await communicator.broadcast(communicator.rank === 0 ? Uint8Array.of(1, 2) : null);
        await communicator.barrier();
        return [...sum, ...largest, ...told];
      }),
    );
    expect(each).toEqual(Array(3).fill([3, 3, 2, 1, 1, 2]));
  });

  it('waits as long as it is told, also longer than a timer can', async () => {
    const [first, second] = inProcess(2, { timeout: 1e8 });
    const waiting = second!.receive(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await first!.send(1, Uint8Array.of(7));
    expect(await waiting).toEqual(Uint8Array.of(7));
  });

  it('a rank that does not come is named, and ends the others', async () => {
    const [first, second] = inProcess(3, { timeout: 0.05 });
    const waiting = [first!.receive(2), second!.receive(0)] as Promise<Uint8Array>[];
    const ended = await Promise.allSettled(waiting);
    for (const { status, reason } of ended as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(String(reason)).toMatch(/The ranks have ended: rank [01] has waited 0\.05 s for rank [20]\./);
    }
  });
});

describe('files for ranks', () => {
  it('runs of about equal bytes, none left out', () => {
    expect(dealt([10, 10, 10, 10], 2)).toEqual([0, 0, 1, 1]);
    expect(dealt([100, 1, 1, 1], 3)).toEqual([0, 1, 2, 2]);
    expect(dealt([1, 1, 1, 100], 3)).toEqual([0, 0, 1, 2]);
    expect(dealt([0, 0, 0], 3)).toEqual([0, 1, 2]);
  });

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'planesearch-shards-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, text);
    return file;
  };

  it('CSV files are one table', async () => {
    const random = createRandom(5);
    const lines = Array.from({ length: 60 }, (_, i) => `${random.normal()},${random.normal()},${['a', 'b', 'c'][i % 3]}`);
    const head = 'x,z,label';
    const whole = await write('whole.csv', [head, ...lines].join('\n'));
    const cuts = [0, 11, 30, 60];
    const files = await Promise.all(
      [0, 1, 2].map((k) => write(`part-${k}.csv`, [head, ...lines.slice(cuts[k], cuts[k + 1])].join('\n'))),
    );
    const { loadTable } = await import('../../lib/data/index.js');
    const table = await loadTable(whole);
    const alone = await train({ x: table.data, y: table.target }, { maxIterations: 20 });
    const over = await onRanks({ size: 2 }, async ({ backend, load }) => {
      const { data, target } = await load(files);
      const split = await train({ x: data, y: target }, { backend, validation: 0.2, maxIterations: 3 });
      expect(split.validation!.rows).toBeGreaterThan(5);
      return train({ x: data, y: target }, { backend, maxIterations: 20 });
    });
    expect(over.model.spec.task.classes).toEqual(alone.model.spec.task.classes);
    expect(over.objective).toBeCloseTo(alone.objective, 8);
  });

  it('categories are those of all files; what the first takes for text the others do too', async () => {
    const head = 'town,code,y';
    const rows = [
      ['Ulm,a1,1', 'Aix,a2,2', 'Ulm,a1,2'],
      ['Oslo,7,3', 'Rome,8,4', 'Oslo,7,3'],
    ];
    const whole = await write('towns.csv', [head, ...rows.flat()].join('\n'));
    const files = await Promise.all(rows.map((lines, k) => write(`towns-${k}.csv`, [head, ...lines].join('\n'))));
    const { loadTable } = await import('../../lib/data/index.js');
    const table = await loadTable(whole);
    const alone = await train({ x: table.data, y: table.target, schema: table.schema });
    const over = await onRanks({ size: 2 }, async ({ backend, load }) => {
      const { data, target, schema } = await load(files);
      expect({ schema, target }).toEqual({ schema: table.schema, target: table.target });
      return train({ x: data, y: target, schema }, { backend });
    });
    expect(over.objective).toBeCloseTo(alone.objective, 8);
  });

  it('files of other tables are refused with their names', async () => {
    const one = await write('one.csv', 'x,y\n1,2\n2,3\n');
    const other = await write('other.csv', 'x,w,y\n1,1,2\n2,2,3\n');
    const words = await write('words.csv', 'x,y\nred,2\nblue,3\n');
    const refused = (files: string[]): Promise<unknown> => onRanks({ size: 2 }, ({ load }) => load(files));
    await expect(refused([one, other])).rejects.toThrow(/other\.csv' has other columns than '.*one\.csv'\./);
    // The first file says what a column is.
    await expect(refused([one, words])).rejects.toThrow(
      /On rank 1: Line 2 of '.*words\.csv', column 'x', must hold a number, but holds 'red'/,
    );
    const imputed = onRanks({ size: 2 }, ({ load }) => load([one, one], { impute: 'mean' }));
    await expect(imputed).rejects.toThrow(
      /over several ranks must be numbers, .* but column 'x' of '.*one\.csv' is filled in where cells are missing\./,
    );
    const npy = async (name: string, values: Float64Array | Float32Array, descr: string): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, Buffer.concat([npyHeader(descr, [2, 2]), new Uint8Array(values.buffer)]));
      return file;
    };
    const wide = await npy('wide.npy', Float64Array.of(1, 2, 3, 4), '<f8');
    const narrow = await npy('narrow.npy', Float32Array.of(1, 2, 3, 4), '<f4');
    await expect(refused([wide, narrow])).rejects.toThrow(
      /must be of one precision, but '.*narrow\.npy' has float32 and '.*wide\.npy' float64\./,
    );
    await expect(refused([one])).rejects.toThrow(
      'There must be at least one file a rank, but 1 match and there are 2 ranks.',
    );
  });
});

describe('what goes wrong', () => {
  it('ranks wait longer than their patience while rank 0 is busy', async () => {
    const { x: values, rows, columns, targets: y } = smallProblem({ rows: 50, loss: 'squared' });
    await onRanks({ size: 2, network: { timeout: 0.2 } }, async ({ backend }) => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect((await train({ x: { values, rows, columns }, y }, { backend })).objective).toBeGreaterThan(0);
    });
  });

  it('ranks that differ are refused on all of them', async () => {
    const [first, second] = inProcess(2);
    const both = await Promise.allSettled([lead(first!, { sum: 'fast' }), serve(second!)]);
    for (const { reason } of both as PromiseRejectedResult[])
      expect(String(reason)).toContain('All ranks must have the same sums, but rank 0 has fast and rank 1 ordered.');
  });

  it('a number that is none is told with its row of all', async () => {
    const x = { values: new Float64Array(200).fill(1), rows: 100, columns: 2 };
    x.values[151] = NaN;
    const y = Float64Array.from({ length: 100 }, (_, i) => i);
    const running = onRanks({ size: 2 }, ({ backend }) => train({ x, y }, { backend }));
    await expect(running).rejects.toThrow('X at row 75, column 1 (from 0) must be a finite number, but NaN was given.');
  });

  it('a loss of your own is for ranks that know it', async () => {
    const own = { ...squared(), name: 'own' };
    const { x: values, rows, columns, targets: y } = smallProblem({ rows: 50, loss: 'squared' });
    const data = { x: { values, rows, columns }, y };
    const unknown = onRanks({ size: 2 }, ({ backend }) => train(data, { backend, loss: own }));
    await expect(unknown).rejects.toThrow("The loss 'own' is none that the other ranks know");
    const known = await onRanks({ size: 2, losses: [own] }, ({ backend }) => train(data, { backend, loss: own }));
    expect(known.objective).toBeCloseTo((await train(data, { loss: own })).objective, 9);
  });

  it('an abort ends the run, and the ranks go on to serve', async () => {
    const { x: values, rows, columns, targets: y } = smallProblem({ rows: 500, loss: 'softmax' });
    const data = { x: { values, rows, columns }, y };
    await onRanks({ size: 3 }, async ({ backend }) => {
      const controller = new AbortController();
      const abort: TrainingCallback = ({ iteration }) => {
        if (iteration === 3) controller.abort();
      };
      const stopped = await train(data, { backend, tolerance: 0, signal: controller.signal, callbacks: [abort] });
      expect(stopped.history.length).toBeLessThan(8);
      expect((await train(data, { backend })).objective).toBeLessThan(stopped.objective + 1e-12);
    });
  });

  it('curvature factors of rows whose signs do not matter are those of one process', async () => {
    const { x: values, rows, columns, architecture, targets } = smallProblem({ rows: 90, columns: 4, loss: 'squared' });
    const factorsOn = async (backend: typeof javascript) => {
      const matrix = await backend.matrix({ kind: 'dense', values, rows, columns });
      const tracked = backend.trackedLoss({ matrix, architecture, loss: squared(), targets, memory: 0 });
      await tracked.restart(new Float64Array(columns + 1));
      return tracked.factors({ maxRows: rows, seed: 3 }, true);
    };
    const alone = await factorsOn(javascript);
    const over = await onRanks({ size: 3, backend: 'javascript' }, ({ backend }) => factorsOn(backend));
    const pairs = [
      [over.outputs[0], alone.outputs[0]],
      [over.inputs[0], alone.inputs[0]],
      [over.shares, alone.shares],
    ];
    for (const [mine, theirs] of pairs) mine!.forEach((value, e) => expect(value).toBeCloseTo(theirs![e]!, 12));
  });
});

describe('rows that are dealt anew', () => {
  const from = { cuts: [0, 3, 3, 10], owners: [0, 0, 1] };
  const to = { cuts: [0, 5, 10], owners: [0, 1] };
  const sparse = (first: number, rows: number, valued: boolean): SparseSource => {
    const indptr = Float64Array.from({ length: rows + 1 }, (_, i) => 2 * i);
    const indices = Uint32Array.from({ length: 2 * rows }, (_, e) => (first + e) % 7);
    const values = valued ? Float64Array.from({ length: 2 * rows }, (_, e) => first + e / 2) : undefined;
    return { kind: 'csr', indptr, indices, values, rows, columns: 7 };
  };

  async function dealtAnew(parts: ReadonlyMap<number, HeldRows>[]): Promise<HeldRows[]> {
    const dealtTo = await Promise.all(inProcess(2).map((rank) => recut(rank, parts[rank.rank]!, from, to)));
    return [dealtTo[0]!.get(0)!, dealtTo[1]!.get(1)!];
  }

  it('sparse ones, of which some parts have no values', async () => {
    const found = await dealtAnew([new Map([[0, sparse(0, 3, false)]]), new Map([[2, sparse(3, 7, true)]])]);
    const whole = [sparse(0, 3, false), sparse(3, 7, true)];
    expect(found.map(({ rows }) => rows)).toEqual([5, 5]);
    const columns = found.flatMap((part) => [...(part as SparseSource).indices]);
    expect(columns).toEqual(whole.flatMap(({ indices }) => [...indices]));
    const values = found.flatMap((part) => [...part.values!]);
    expect(values).toEqual([...new Array<number>(6).fill(1), ...whole[1]!.values!]);
  });

  it('dense ones; a rank that has no memory for them leaves nobody waiting', async () => {
    const dense = (first: number, rows: number): HeldRows => {
      const values = Float64Array.from({ length: 2 * rows }, (_, e) => 2 * first + e);
      return { kind: 'dense', values, rows, columns: 2 };
    };
    const found = await dealtAnew([new Map([[0, dense(0, 3)]]), new Map([[2, dense(3, 7)]])]);
    expect(found.flatMap(({ values }) => [...values!])).toEqual(Array.from({ length: 20 }, (_, e) => e));
    // Rows that the rank does not hold, where it is to send and to join them.
    const lacking = inProcess(2, { timeout: 5 }).map((rank) =>
      recut(rank, rank.rank === 0 ? new Map([[0, dense(0, 3)]]) : new Map(), from, to),
    );
    const ended = await Promise.allSettled(lacking);
    expect(ended[1]!.status).toBe('rejected');
    expect(ended.map((end) => String((end as PromiseRejectedResult).reason)).join()).not.toContain('waited');
  });
});

describe('a tracked loss over chunks', () => {
  it.skipIf(nativeAbsence !== null)('goes on from a state of fewer rows as one process does', async () => {
    const rows = 4096;
    const { x: values, columns, architecture, targets } = smallProblem({ rows, columns: 3, loss: 'squared' });
    const answers = async (backend: Backend): Promise<number[]> => {
      const matrix = await backend.matrix({ kind: 'dense', values, rows, columns });
      const tracked = backend.trackedLoss({ matrix, architecture, loss: squared(), targets, memory: 0 });
      const gradient = new Float64Array(columns + 1);
      const products = [normals(createRandom(4), 1500)];
      const found: number[] = [];
      const look = async (): Promise<void> => {
        await tracked.span([], [], new Int32Array(0), 0);
        const { value, slopeMass } = await tracked.advance(null, gradient);
        found.push(await tracked.value(new Float64Array(0)), value, slopeMass, ...gradient);
      };
      await tracked.resume(new Float64Array(columns + 1), products, 1500);
      await look();
      await tracked.grow(new Float64Array(columns + 1), [], rows);
      await look();
      await tracked.resume(new Float64Array(columns + 1), [normals(createRandom(5), rows)], rows);
      await look();
      matrix.dispose();
      return found;
    };
    const alone = await answers(nativeBackend(1));
    const over = await onRanks({ size: 2, threads: 1 }, ({ backend }) => answers(backend));
    over.forEach((value, k) => expect(value).toBeCloseTo(alone[k]!, 10));
  });
});
