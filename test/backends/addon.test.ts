/** The addon called directly with whatever a caller may come up with: everything throws, nothing crashes. */
import { describe, expect, it } from 'vitest';
import {
  loadNative,
  type NativeMatrix,
  type NativeModule,
  type NativeSource,
  type NativeSweepRequest,
  type NativeTrackedLoss,
  type NativeTrackedLossSpec,
} from '../../lib/backends/native-module.js';
import { nativeAbsence } from '../support/backends.js';
import { numbers } from './problem.js';

const [ROWS, COLUMNS, HIDDEN] = [40, 3, 2];
const SIZE = (COLUMNS + 1) * HIDDEN + HIDDEN + 1;

const noNumbers: readonly unknown[] = [undefined, null, NaN, 'x', {}, [], -1, 1.5, Infinity, 2 ** 53, 1n];
const nothings: readonly unknown[] = [...noNumbers, Symbol('x'), () => 0, new Uint8Array(3)];
/** No sizes; a number of the right kind is not among them. */
const noSizes: readonly unknown[] = [...noNumbers, -Infinity, 2 ** 64, '3'];

function dense(values: Float64Array, rows: number, columns: number): NativeSource {
  return { values, rows, columns, single: false };
}

function detached(length: number): Float64Array {
  const array = new Float64Array(length);
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

describe.skipIf(nativeAbsence !== null)('the addon', () => {
  const addon: NativeModule = nativeAbsence === null ? loadNative() : (null as unknown as NativeModule);
  /** Arguments of any type. */
  const call = (object: object, method: string, ...given: unknown[]): unknown =>
    (object as Record<string, (...all: unknown[]) => unknown>)[method]!(...given);

  const matrix = (threads = 1): NativeMatrix =>
    new addon.DataMatrix(dense(numbers(ROWS * COLUMNS, 1), ROWS, COLUMNS), threads);
  /** kind, first and second input, width, activation, layer, first column */
  const tracked = [0, 0, 0, HIDDEN, 1, 0, 0];
  const output = [1, 0, 0, 1, 0, 1, 0];
  const spec = (changes: object = {}): NativeTrackedLossSpec => ({
    matrix: matrix(),
    threads: 1,
    layers: Int32Array.of(COLUMNS, HIDDEN, HIDDEN, 1),
    nodes: Int32Array.from([tracked, output].flat()),
    sharpness: Float64Array.of(1, 1),
    loss: 'huber',
    lossParameters: Float64Array.of(1),
    targets: numbers(ROWS, 2),
    offsets: null,
    weights: new Float64Array(ROWS).fill(1 / ROWS),
    memory: 1,
    ...changes,
  });
  const loss = (changes: object = {}): NativeTrackedLoss => new addon.TrackedLoss(spec(changes));
  async function started(changes: object = {}): Promise<NativeTrackedLoss> {
    const made = loss(changes);
    await made.restart(numbers(SIZE, 3));
    return made;
  }
  const request = (changes: object = {}): NativeSweepRequest => ({
    gradient: numbers(SIZE, 4),
    parameters: numbers(SIZE, 3),
    inputPenalty: new Float64Array(COLUMNS),
    inputScale: new Float64Array(COLUMNS).fill(1),
    layerL2: new Float64Array(2),
    threshold: 1,
    gradientRate: 1,
    search: 1,
    firstStep: 1,
    maxTrials: 9,
    moving: Int32Array.of(1, 1, 1, 1),
    kinds: Int32Array.of(0, 1),
    effects: [numbers(HIDDEN, 5), Float64Array.of(1)],
    constants: Float64Array.of(1e-4, 0.5, 0.1, 1e-9, 1, 1.5),
    ...changes,
  });
  const refused = expect.objectContaining({ name: 'TypeError', code: 'INVALID_ARGUMENT' });
  const disposed = expect.objectContaining({ code: 'DISPOSED' });

  it('takes what is right', async () => {
    const made = await started();
    expect((await made.coordinateSweep(request())).proposal.length).toBe(SIZE);
    const gradient = new Float64Array(SIZE);
    await made.advance(null, gradient);
    expect(gradient.some((g) => g !== 0)).toBe(true);
  });

  it('makes a matrix of nothing else', () => {
    const make = (changes: object): unknown =>
      Reflect.construct(addon.DataMatrix, [{ ...dense(numbers(6, 1), 3, 2), ...changes }, 1]);
    for (const bad of noSizes) {
      expect(() => make({ rows: bad })).toThrow(refused);
      expect(() => make({ columns: bad })).toThrow(refused);
      expect(() => Reflect.construct(addon.DataMatrix, [dense(numbers(6, 1), 3, 2), bad])).toThrow(refused);
    }
    for (const bad of [...nothings, numbers(5, 1), detached(6), Int32Array.of(1, 2, 3, 4, 5, 6)]) {
      expect(() => make({ values: bad })).toThrow(refused);
    }
    for (const [rows, columns] of [
      [0, 2],
      [2, 0],
      [2 ** 31, 2 ** 31],
      [2 ** 52, 2 ** 52],
      [1, 2 ** 31],
    ] as const) {
      expect(() => new addon.DataMatrix(dense(new Float64Array(0), rows, columns), 1)).toThrow(refused);
    }
    expect(() => new addon.DataMatrix(dense(numbers(6, 1), 3, 2), 2 ** 40)).not.toThrow();
    expect(() => (addon.DataMatrix as unknown as () => void)()).toThrow(/new/);
  });

  it('multiplies with nothing else', () => {
    const X = matrix();
    for (const method of ['multiply', 'multiplyTransposed', 'gram', 'columnBlock']) {
      for (const bad of noSizes) expect(() => call(X, method, numbers(COLUMNS, 1), bad), method).toThrow(refused);
      for (const bad of [...nothings, detached(COLUMNS), numbers(7, 1)])
        expect(() => call(X, method, bad, 1), method).toThrow(refused);
      expect(() => call(X, method), method).toThrow(refused);
    }
    for (const [from, count] of [
      [0, 4],
      [3, 1],
      [2 ** 52, 1],
      [0, 0],
      [1, 2 ** 52],
    ] as const)
      expect(() => X.columnBlock(from, count)).toThrow(refused);
    expect(() => call(X, 'multiply', new Float64Array(0), 0)).toThrow(refused);
    expect(X.multiplied + X.multipliedTransposed + X.grams).toBe(0);
  });

  it('answers a result beyond all memory with an error', () => {
    const long = new addon.DataMatrix(dense(new Float64Array(200_000), 200_000, 1), 1);
    const tooLarge = expect.objectContaining({
      code: 'OUT_OF_MEMORY',
      message: 'The memory that this takes must be available, but the system does not give it.',
    });
    expect(() => long.multiply(new Float64Array(2 ** 22), 2 ** 22)).toThrow(tooLarge);
    const wide = new addon.DataMatrix(dense(new Float64Array(2_000_000), 1, 2_000_000), 1);
    expect(() => wide.gram(new Float64Array(1), 1)).toThrow(tooLarge);
  });

  it('takes a frame that fits, once, before any product', async () => {
    const X = matrix();
    const frame = await X.measure(8);
    for (const part of ['origin', 'distance', 'scale', 'constant']) {
      for (const bad of [...nothings, numbers(COLUMNS + 1, 1), detached(COLUMNS)]) {
        // A Uint8Array of the right length is a fine `constant`.
        if (part === 'constant' && bad instanceof Uint8Array) continue;
        expect(() => call(X, 'apply', { ...frame, [part]: bad }), part).toThrow(refused);
      }
    }
    for (const bad of nothings) expect(() => call(X, 'apply', bad)).toThrow(refused);
    await X.apply(frame);
    expect(() => X.apply(frame)).toThrow('once, before any product');
    const used = matrix();
    await used.multiply(numbers(COLUMNS, 1), 1);
    expect(() => used.apply(frame)).toThrow('once, before any product');
    const inUse = matrix();
    await started({ matrix: inUse });
    expect(() => inUse.apply(frame)).toThrow('once, before any product');
    for (const bad of [undefined, null, '1', 1n, Symbol('x'), { valueOf: () => 1 }])
      expect(() => call(matrix(), 'measure', bad)).toThrow(refused);
    for (const odd of [NaN, -0, -1, Infinity]) expect(() => call(matrix(), 'measure', odd)).not.toThrow();
  });

  it('is busy while it frames, and ends well when disposed meanwhile', async () => {
    const [rows, columns] = [60_000, 200];
    const make = (): NativeMatrix => new addon.DataMatrix(dense(numbers(rows * columns, 1), rows, columns), 1);
    const X = make();
    const measuring = X.measure(8);
    expect(measuring).toBeInstanceOf(Promise);
    const frame = await measuring;
    const framing = X.apply(frame);
    expect(framing).toBeInstanceOf(Promise);
    const busy = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('still busy') });
    expect(() => X.multiply(numbers(columns, 1), 1)).toThrow(busy);
    expect(() => X.columnBlock(0, 1)).toThrow(busy);
    expect(() => X.apply(frame)).toThrow(busy);
    X.dispose();
    await framing;
    expect(() => X.multiply(numbers(columns, 1), 1)).toThrow(disposed);
    const Y = make();
    const again = Y.measure(8);
    Y.dispose();
    expect(await again).toEqual(frame);
    expect(() => Y.apply(frame)).toThrow(disposed);
  });

  describe('makes a tracked loss of nothing else:', () => {
    const withNodes = (...nodes: number[][]): object => ({
      nodes: Int32Array.from(nodes.flat()),
      sharpness: new Float64Array(nodes.length).fill(1),
    });
    const cases: Record<string, () => object> = {
      'no matrix': () => ({ matrix: {} }),
      'a matrix by its prototype alone': () => ({ matrix: Object.create(addon.DataMatrix.prototype) as object }),
      'a tracked loss that claims to be a matrix': () => ({
        matrix: Object.setPrototypeOf(loss(), addon.DataMatrix.prototype) as object,
      }),
      'no threads': () => ({ threads: NaN }),
      'no layers': () => ({ layers: new Int32Array(0) }),
      'half a layer': () => ({ layers: Int32Array.of(COLUMNS, HIDDEN, HIDDEN) }),
      'layers of another type': () => ({ layers: Float64Array.of(COLUMNS, HIDDEN, HIDDEN, 1) }),
      'a first layer of other columns': () => ({ layers: Int32Array.of(COLUMNS + 1, HIDDEN, HIDDEN, 1) }),
      'a layer of no size': () => ({ layers: Int32Array.of(COLUMNS, HIDDEN, HIDDEN, 0) }),
      'a layer of negative size': () => ({ layers: Int32Array.of(COLUMNS, -HIDDEN, HIDDEN, 1) }),
      'a layer beyond all memory': () => ({ layers: Int32Array.of(COLUMNS, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1) }),
      'layers that do not fit': () => ({ layers: Int32Array.of(COLUMNS, HIDDEN, HIDDEN + 1, 1) }),
      'a layer that no node has': () => ({ layers: Int32Array.of(COLUMNS, HIDDEN, HIDDEN, 1, 1, 1) }),
      'a layer of two nodes': () => withNodes(tracked, output, [1, 0, 0, 1, 0, 1, 0], [4, 1, 2, 1, 0, 0, 0]),
      'no nodes': () => ({ nodes: new Int32Array(0), sharpness: new Float64Array(0) }),
      'half a node': () => ({ nodes: Int32Array.from([...tracked, 1, 0, 0]) }),
      'an unknown kind': () => withNodes(tracked, [5, 0, 0, 1, 0, 1, 0]),
      'a negative kind': () => withNodes(tracked, [-1, 0, 0, 1, 0, 1, 0]),
      'an unknown activation': () => withNodes([0, 0, 0, HIDDEN, 4, 0, 0], output),
      'a node of no width': () => withNodes([0, 0, 0, 0, 1, 0, 0], output),
      'a node that reads itself': () => withNodes(tracked, [1, 1, 0, 1, 0, 1, 0]),
      'a node that reads a later one': () => withNodes(tracked, [2, 2, 0, 1, 0, 0, 0], output),
      'a node that reads from nowhere': () => withNodes(tracked, [1, 2 ** 30, 0, 1, 0, 1, 0]),
      'a second input from nowhere': () => withNodes(tracked, output, [3, 1, 7, 1, 0, 0, 0]),
      'a negative input': () => withNodes(tracked, [1, -1, 0, 1, 0, 1, 0]),
      'a layer that is not there': () => withNodes(tracked, [1, 0, 0, 1, 0, 2, 0]),
      'the first layer as a map': () => withNodes(tracked, [1, 0, 0, 1, 0, 0, 0]),
      'a map of another width': () => withNodes(tracked, [1, 0, 0, 2, 0, 1, 0]),
      'a product of two widths': () => withNodes(tracked, output, [3, 0, 1, 1, 0, 0, 0]),
      'a slice beyond the end': () => withNodes([0, 0, 0, HIDDEN, 1, 0, 1], output),
      'a slice far beyond the end': () => withNodes([0, 0, 0, 2 ** 31 - 1, 1, 0, 2 ** 31 - 1], output),
      'columns that no slice reads': () => withNodes([0, 0, 0, 1, 1, 0, 0], [1, 0, 0, 1, 0, 1, 0]),
      'slices that overlap': () => withNodes(tracked, [0, 0, 0, 1, 1, 0, 1], output),
      'a value that nobody reads': () => withNodes(tracked, [2, 0, 0, HIDDEN, 0, 0, 0], output),
      'another number of sharpnesses': () => ({ sharpness: Float64Array.of(1) }),
      'an unknown loss': () => ({ loss: 'zork' }),
      'a loss by number': () => ({ loss: 0 }),
      'no loss parameters': () => ({ lossParameters: new Float64Array(0) }),
      'too many loss parameters': () => ({ lossParameters: new Float64Array(2) }),
      'targets of another length': () => ({ targets: numbers(ROWS + 1, 1) }),
      'detached targets': () => ({ targets: detached(ROWS) }),
      'targets detached by a getter': () => {
        const targets = numbers(ROWS, 1);
        return {
          targets,
          get memory() {
            structuredClone(targets, { transfer: [targets.buffer as ArrayBuffer] });
            return 1;
          },
        };
      },
      'offsets of another length': () => ({ offsets: numbers(ROWS - 1, 1) }),
      'offsets that are none': () => ({ offsets: 3 }),
      'weights of another length': () => ({ weights: numbers(ROWS * 2, 1) }),
      'a negative memory': () => ({ memory: -1 }),
      'a memory that is none': () => ({ memory: NaN }),
    };
    it.each(Object.entries(cases))('%s', (_, changes) => {
      // Getters have to survive the merge.
      const given = Object.defineProperties(spec(), Object.getOwnPropertyDescriptors(changes()));
      expect(() => new addon.TrackedLoss(given)).toThrow(refused);
    });

    it('nothing at all', () => {
      for (const bad of nothings.filter((one) => typeof one !== 'object' || one === null)) {
        if (typeof bad !== 'function') expect(() => Reflect.construct(addon.TrackedLoss, [bad])).toThrow(refused);
      }
      for (const bad of [{}, [], new Uint8Array(3), () => 0])
        expect(() => Reflect.construct(addon.TrackedLoss, [bad])).toThrow(refused);
    });

    it('a matrix that has been disposed serves nothing', () => {
      const X = matrix();
      const made = loss({ matrix: X });
      X.dispose();
      expect(() => made.restart(numbers(SIZE, 1))).toThrow(disposed);
    });
  });

  it('every method refuses what is no vector', async () => {
    const made = await started();
    await made.span([numbers(SIZE, 1)], [], Int32Array.of(0, 1), 2);
    for (const bad of [...nothings, numbers(SIZE + 1, 1), detached(SIZE), new Float32Array(SIZE)]) {
      expect(() => call(made, 'restart', bad)).toThrow(refused);
      expect(() => call(made, 'resume', bad, [numbers(ROWS * HIDDEN, 1)])).toThrow(refused);
      expect(() => call(made, 'resume', numbers(SIZE, 1), bad)).toThrow(refused);
      expect(() => call(made, 'resume', numbers(SIZE, 1), [bad])).toThrow(refused);
      expect(() => call(made, 'value', bad)).toThrow(refused);
      expect(() => call(made, 'evaluate', bad)).toThrow(refused);
      if (bad !== null && bad !== undefined) expect(() => call(made, 'advance', bad)).toThrow(refused);
      expect(() => call(made, 'span', [bad], [], Int32Array.of(0, 1), 2)).toThrow(refused);
      expect(() => call(made, 'span', [], [bad], Int32Array.of(0, 1), 2)).toThrow(refused);
      expect(() => call(made, 'span', [numbers(SIZE, 1)], [], bad, 2)).toThrow(refused);
      expect(() => call(made, 'coordinateSweep', bad)).toThrow(refused);
      expect(() => call(made, 'replaceBehind', bad)).toThrow(refused);
      if (bad !== 0) expect(() => call(made, 'nodeValue', bad)).toThrow(refused);
    }
    for (const bad of [2, 2 ** 40, -1, 0.5, NaN]) expect(() => call(made, 'nodeValue', bad)).toThrow(refused);
    expect(() =>
      made.resume(
        numbers(SIZE, 1),
        [1, 2, 3].map(() => numbers(ROWS * HIDDEN, 1)),
      ),
    ).toThrow(refused);
  });

  it('span refuses variables that are none', async () => {
    const made = await started();
    const one = [numbers(SIZE, 1)];
    for (const bad of noSizes) expect(() => call(made, 'span', one, [], Int32Array.of(0, 0), bad)).toThrow(refused);
    for (const k of [3, 2 ** 31, 2 ** 32 + 1, 2 ** 52])
      expect(() => made.span(one, [], Int32Array.of(0, 1), k)).toThrow(refused);
    for (const variables of [[0, 2], [0, 2 ** 30], [-2, 0], [-(2 ** 31), 0], [0], [0, 0, 0]]) {
      expect(() => made.span(one, [], Int32Array.from(variables), 2)).toThrow(refused);
    }
    expect(() => made.span([], one, Int32Array.of(0, 1), 2)).toThrow('0 past steps are kept');
    await made.span([], [], new Int32Array(0), 0);
    expect(await made.value(new Float64Array(0))).toBeGreaterThan(0);
    await made.span(one, [], Int32Array.of(-1, -1), 1);
    expect((await made.evaluate(Float64Array.of(1))).slopes).toEqual(Float64Array.of(0));
  });

  it('factors refuse what is no number of rows or no seed', async () => {
    const made = await started();
    for (const bad of noSizes) {
      expect(() => call(made, 'factors', bad, 0, false)).toThrow(refused);
      expect(() => call(made, 'factors', 1, bad, false)).toThrow(refused);
    }
    expect(() => made.factors(0, 0, false)).toThrow(refused);
    expect(() => made.factors(1, 2 ** 32, false)).toThrow(refused);
    expect((await made.factors(2 ** 52, 2 ** 32 - 1, true)).inputs.length).toBe(2);
  });

  it('a sweep refuses kinds, effects and the rest where they do not fit', async () => {
    const made = await started();
    const bad: object[] = [
      { kinds: Int32Array.of(0) },
      { kinds: Int32Array.of(0, 0) },
      { kinds: Int32Array.of(3, 1) },
      { kinds: Int32Array.of(-1, 1) },
      { kinds: [0, 1] },
      { effects: [] },
      { effects: [numbers(HIDDEN, 5)] },
      { effects: [numbers(HIDDEN + 1, 5), Float64Array.of(1)] },
      { effects: [new Float64Array(0), Float64Array.of(1)] },
      { effects: {} },
      { effects: [numbers(HIDDEN, 5), detached(1)] },
      { kinds: Int32Array.of(2, 1) },
      { gradient: numbers(SIZE - 1, 1) },
      { gradient: detached(SIZE) },
      { parameters: numbers(SIZE + 1, 1) },
      { inputPenalty: numbers(COLUMNS + 1, 1) },
      { moving: Int32Array.of(1, 1) },
      { moving: Float64Array.of(1, 1, 1, 1) },
      { layerL2: new Float64Array(1) },
      { layerL2: 0 },
      { constants: new Float64Array(5) },
      { search: 3 },
      { search: -1 },
      { search: 'newton' },
      { maxTrials: NaN },
      { maxTrials: 0 },
      { maxTrials: -1 },
      { firstStep: 0 },
      { firstStep: NaN },
      { firstStep: -1 },
    ];
    for (const changes of bad)
      expect(() => call(made, 'coordinateSweep', request(changes)), JSON.stringify(changes)).toThrow(refused);
    for (const name of ['threshold', 'gradientRate', 'firstStep'])
      for (const bad of [undefined, '1', 1n, Symbol('x')])
        expect(() => call(made, 'coordinateSweep', request({ [name]: bad })), name).toThrow(refused);
  });

  it('a sweep survives numbers that make no sense, of every kind', async () => {
    for (const kinds of [
      [0, 1],
      [1, 1],
      [2, 2],
      [0, 2],
      [1, 2],
      [2, 1],
    ]) {
      const effects = kinds.map((kind, l) => (kind === 2 ? new Float64Array(0) : numbers(l === 0 ? HIDDEN : 1, 5)));
      for (const search of [0, 1, 2]) {
        for (const odd of [NaN, Infinity, -Infinity, 0, -1]) {
          const made = await started();
          const { proposal } = await made.coordinateSweep(
            request({
              kinds: Int32Array.from(kinds),
              effects,
              search,
              layerL2: new Float64Array(2).fill(odd),
              threshold: Infinity,
              gradientRate: odd,
              constants: new Float64Array(6).fill(odd),
              inputPenalty: new Float64Array(COLUMNS).fill(odd),
            }),
          );
          expect(proposal.length).toBe(SIZE);
        }
      }
    }
  });

  it('every call after dispose says so', async () => {
    const made = await started();
    made.dispose();
    made.dispose();
    made.cancel();
    const calls: (() => unknown)[] = [
      () => made.restart(numbers(SIZE, 1)),
      () => made.span([], [], new Int32Array(0), 0),
      () => made.value(new Float64Array(0)),
      () => made.evaluate(new Float64Array(0)),
      () => made.advance(null, numbers(SIZE, 1)),
      () => made.factors(1, 0, false),
      () => made.products(),
      () => made.coordinateSweep(request()),
      () => made.nodeValue(0),
      () => made.replaceBehind(numbers(SIZE, 1)),
      () => made.resume(numbers(SIZE, 1), [numbers(ROWS * HIDDEN, 1)]),
    ];
    for (const late of calls) expect(late).toThrow(disposed);
  });

  it('getters among the arguments may dispose, or call, the object that reads them', async () => {
    for (const meddle of ['dispose', 'cancel', 'products'] as const) {
      const made = await started();
      const given = request();
      const sweep = (): unknown =>
        made.coordinateSweep(Object.defineProperty(given, 'gradient', { get: () => (made[meddle](), numbers(SIZE, 4)) }));
      if (meddle === 'dispose') expect(sweep).toThrow(disposed);
      else expect(sweep).not.toThrow();
    }
    const made = await started();
    const list = Object.defineProperty([numbers(SIZE, 1)], 0, { get: () => (made.dispose(), numbers(SIZE, 1)) });
    expect(() => made.span(list, [], Int32Array.of(0, 1), 2)).toThrow(disposed);
    const other = await started();
    const products = Object.defineProperty([numbers(ROWS * HIDDEN, 1)], 0, {
      get: () => (other.dispose(), numbers(ROWS * HIDDEN, 1)),
    });
    expect(() => other.resume(numbers(SIZE, 1), products)).toThrow(disposed);
    const failing = await started();
    const broken = Object.defineProperty(request(), 'kinds', {
      get: () => {
        throw new RangeError('mine');
      },
    });
    expect(() => failing.coordinateSweep(broken)).toThrow(new RangeError('mine'));
    expect((await failing.coordinateSweep(request())).searched).toBeGreaterThan(0);
  });

  it('a setter that meets the answer may call the object that gives it', async () => {
    const made = await started({ memory: 2 });
    const point = numbers(SIZE, 1);
    const product = numbers(ROWS * HIDDEN, 1);
    await made.resume(point, [product, product, product]);
    const seen = new Map<number, unknown>();
    const set = (value: unknown): void => {
      if (seen.size === 0) void made.resume(point, [product]);
      seen.set(seen.size, value);
    };
    for (const at of [0, 1, 2])
      Object.defineProperty(Array.prototype, at, { set, get: () => undefined, configurable: true });
    try {
      made.products();
    } finally {
      for (const at of [0, 1, 2]) Reflect.deleteProperty(Array.prototype, at);
    }
    expect([...seen.values()]).toEqual([product, product, product]);
  });

  it('a sweep over products that are no numbers ends', async () => {
    const made = await started({
      nodes: Int32Array.from([tracked.map((field, at) => (at === 4 ? 2 : field)), output].flat()),
    });
    for (const odd of [NaN, Infinity, -Infinity]) {
      for (const search of [0, 1, 2]) {
        await made.resume(numbers(SIZE, 1), [numbers(ROWS * HIDDEN, 1).map((z, e) => (e % 3 ? z : odd))]);
        const { proposal } = await made.coordinateSweep(request({ search, threshold: 0, kinds: Int32Array.of(1, 1) }));
        expect(proposal.length).toBe(SIZE);
      }
    }
  });

  it('a getter that begins long work makes the object busy', async () => {
    const [rows, columns] = [60_000, 100];
    const X = new addon.DataMatrix(dense(numbers(rows * columns, 1), rows, columns), 1);
    const made = loss({
      matrix: X,
      layers: Int32Array.of(columns, HIDDEN, HIDDEN, 1),
      targets: numbers(rows, 2),
      weights: new Float64Array(rows).fill(1 / rows),
    });
    const parameters = numbers((columns + 1) * HIDDEN + HIDDEN + 1, 3);
    await made.restart(parameters);
    let running: unknown;
    const list = Object.defineProperty([parameters], 0, { get: () => ((running = made.restart(parameters)), parameters) });
    expect(() => made.span(list, [], Int32Array.of(0, 1), 2)).toThrow('still busy');
    expect(running).toBeInstanceOf(Promise);
    await running;
    made.dispose();
  });

  it('methods are called on their own objects only', () => {
    const { multiply } = addon.DataMatrix.prototype as NativeMatrix;
    const { restart } = addon.TrackedLoss.prototype as NativeTrackedLoss;
    for (const self of [undefined, {}, loss(), addon.DataMatrix.prototype]) {
      expect(() => multiply.call(self as NativeMatrix, numbers(COLUMNS, 1), 1)).toThrow();
    }
    for (const self of [undefined, {}, matrix(), addon.TrackedLoss.prototype]) {
      expect(() => restart.call(self as NativeTrackedLoss, numbers(SIZE, 1))).toThrow();
    }
    for (const name of ['multiplied', 'multipliedTransposed', 'grams']) {
      const { get } = Object.getOwnPropertyDescriptor(addon.DataMatrix.prototype, name)!;
      const claims = Object.setPrototypeOf(loss(), addon.DataMatrix.prototype) as object;
      for (const self of [undefined, 5, {}, loss(), claims, new Proxy(matrix(), {}), Object.create(matrix())])
        expect(() => get!.call(self), name).toThrow(refused);
      expect(get!.call(matrix())).toBe(0);
    }
  });

  it('the algebra refuses what does not fit', () => {
    const pairs: unknown[][] = [
      ...nothings.map((bad) => [numbers(3, 1), bad]),
      [numbers(3, 1), numbers(4, 1)],
      [detached(3), numbers(3, 1)],
    ];
    for (const [x, y] of pairs) {
      expect(() => call(addon, 'dot', x, y)).toThrow();
      expect(() => call(addon, 'axpby', 1, x, 1, y)).toThrow();
      expect(() => call(addon, 'dots', [x], [y], null, 1)).toThrow();
      expect(() => call(addon, 'combine', x, numbers(1, 1), [y], numbers(3, 1), 1)).toThrow();
      expect(() => call(addon, 'combine', null, numbers(1, 1), [x], y, 1)).toThrow();
      expect(() => call(addon, 'axpyByRow', numbers(1, 1), x, y, 1)).toThrow();
      expect(() => call(addon, 'scaleRows', numbers(1, 1), x, y, 1)).toThrow();
    }
    for (const weights of [...nothings, new Float64Array(0), numbers(2, 1), numbers(4, 1)]) {
      if (weights !== null && weights !== undefined)
        expect(() => call(addon, 'dots', [numbers(3, 1)], [numbers(3, 2)], weights, 1)).toThrow(refused);
      expect(() => call(addon, 'axpyByRow', weights, numbers(3, 1), numbers(3, 2), 1)).toThrow(refused);
      expect(() => call(addon, 'scaleRows', weights, numbers(3, 1), numbers(3, 2), 1)).toThrow(refused);
    }
    for (const bad of [...noSizes, 0, 3, 2 ** 31, 2 ** 32]) {
      expect(() => call(addon, 'cholesky', numbers(4, 1), bad, 1)).toThrow(refused);
      expect(() => call(addon, 'choleskySolve', numbers(4, 1), bad, numbers(2, 1), 1, false, 1)).toThrow(refused);
      expect(() => call(addon, 'choleskySolve', numbers(4, 1), 2, numbers(2, 1), bad, true, 1)).toThrow(refused);
    }
    for (const bad of nothings) {
      expect(() => call(addon, 'cholesky', bad, 2, 1)).toThrow(refused);
      expect(() => call(addon, 'choleskySolve', bad, 2, numbers(2, 1), 1, false, 1)).toThrow(refused);
      expect(() => call(addon, 'choleskySolve', numbers(4, 1), 2, bad, 1, false, 1)).toThrow(refused);
    }
    expect(addon.cholesky(new Float64Array(4).fill(NaN), 2, 1)).toBe(false);
  });
});
