/** What is no part of a run, no state, no vector is refused in a sentence with a code, wherever it is handed in. */
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type Model, PlanesearchError, train, type TrainingData, type TrainOptions } from '../../lib/index.js';
import type { TrainerState } from '../../lib/core/trainer.js';

const x = { values: Float64Array.of(1, 2, 3, 4, 5, 6), rows: 6, columns: 1 };
const y = [1, 2, 3, 4, 5, 7];

function detached(): Float64Array {
  const values = Float64Array.from(y);
  structuredClone(values, { transfer: [values.buffer] });
  return values;
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  const error = await work().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PlanesearchError);
  const { code, message } = error as PlanesearchError;
  return `${code}: ${message}`;
}

describe('options of train', () => {
  it.each(
    (
      [
        [{ loss: {} }, "loss must be 'auto', the name of a loss or a loss (with the function row), but an object"],
        [{ loss: 3 }, "loss must be 'auto', the name of a loss or a loss (with the function row), but 3 was given."],
        [
          { loss: { row() {}, targetWidth() {}, targetProblem() {} } },
          'The codings of the loss must be a list of names, but undefined',
        ],
        [
          { network: {} },
          'network must be the name of a network or a network (with the function architecture), but an object',
        ],
        [{ network: null }, 'network must be the name of a network or a network (with the function architecture), but null'],
        [
          { direction: {} },
          "direction must be 'auto', the name of a direction or a direction (with the function start), but an object",
        ],
        [
          { steps: 5 },
          "steps must be 'auto', the name of a step rule or a step rule (with the function start), but 5 was given.",
        ],
        [
          { solver: {} },
          "solver must be 'auto', the name of a solver or a solver (with the function minimize), but an object",
        ],
        [{ standardize: 'yes' }, "standardize must be true or false, but 'yes' was given."],
        [{ start: { state: {} } }, "what state() gave in a run, but its part 'objective' is missing"],
        [
          { network: 'mlp', hidden: new Array(4e9) },
          'A hidden layer size must be an integer of at least 1, but undefined was given.',
        ],
        [
          { callbacks: new Array(4e9) },
          'callbacks must be a list of functions, but an array of 4000000000 values was given.',
        ],
      ] as [object, string][]
    ).map(([options, sentence]) => ({ options, sentence })),
  )('$sentence', async ({ options, sentence }) => {
    const message = await refusal(() => train({ x, y }, options as TrainOptions));
    expect(message).toMatch(/^INVALID_OPTION: /);
    expect(message).toContain(sentence);
  });

  it('a state that lacks something at any place', async () => {
    let state: TrainerState | undefined;
    const callbacks = [
      async (_record: unknown, run: { state(): Promise<TrainerState> }): Promise<void> => void (state = await run.state()),
    ];
    await train({ x, y }, { maxIterations: 2, tolerance: 0, callbacks });
    const places = [
      'history',
      'best',
      'seconds',
      'objective.point',
      'objective.previousGradient',
      'objective.value',
      'objective.tracked',
      'objective.identity',
      'objective.drift.columns',
      'objective.drift.gathered',
    ];
    for (const place of places) {
      const broken = structuredClone(state!) as unknown as Record<string, unknown>;
      const names = place.split('.');
      const inner = names.slice(0, -1).reduce((whole, name) => whole[name] as Record<string, unknown>, broken);
      delete inner[names.at(-1)!];
      const start = { state: broken as unknown as TrainerState };
      expect(await refusal(() => train({ x, y }, { start }))).toContain(
        `INVALID_OPTION: The state to start from must be what state() gave in a run, but its part '${place}'`,
      );
    }
    expect((await train({ x, y }, { start: { state: state! } })).stop.converged).toBe(true);
  });
});

describe('vectors', () => {
  const cases: [string, Partial<TrainingData>, TrainOptions, string][] = [
    [
      'offsets that are none',
      { offsets: 3 as unknown as Float64Array },
      {},
      'The offsets must be a Float64Array, but 3 was given.',
    ],
    ['detached offsets', { offsets: detached() }, {}, 'The offsets must not be detached'],
    ['a detached start', {}, { start: detached() }, 'The start must not be detached'],
    ['a detached target', { y: detached() }, {}, 'The target y must not be detached'],
    [
      'a sparse target',
      { y: new Array(4294967295) },
      {},
      'The target y must be of length 6, one per row of x, but an array of 4294967295 values',
    ],
    [
      'sparse texts',
      { y: { kind: 'numbers', values: Float64Array.from(y), texts: new Array(4e9) } },
      {},
      'The texts of the target y must be null or a list of 6 strings',
    ],
    [
      'a schema of nothing',
      { schema: {} as never },
      {},
      'The data schema of the model must have a format and a number of columns.',
    ],
  ];
  it.each(cases.map(([what, ...call]) => ({ what, call })))('$what', async ({ call: [data, options, sentence] }) => {
    expect(await refusal(() => train({ x, y, ...data }, options))).toContain(`: ${sentence}`);
  });

  it('start may be of another realm, and a model of another copy of the package', async () => {
    const { model } = await train({ x, y });
    const foreign = vm.runInNewContext('Float64Array.from(list)', { list: [...model.spec.parameters] }) as Float64Array;
    const copy = { spec: { ...model.spec, parameters: foreign } } as unknown as Model;
    for (const start of [foreign, copy]) expect((await train({ x, y }, { start })).iterations).toBe(0);
  });

  it('of a model: other backends than there are, offsets that are no numbers', async () => {
    const { model } = await train({ x, y });
    for (const backend of [3, 'native', {}] as never[]) {
      const sentence = 'The backend must be one that selectBackend gives (with the function matrix), but ';
      expect(await refusal(() => model.predict(x, backend))).toContain(sentence);
      expect(await refusal(() => model.evaluate(x, y, backend))).toContain(sentence);
    }
    const bare = { matrix: () => null, trackedLoss: () => null, vectors: {} } as never;
    expect(await refusal(() => model.predict(x, bare))).toContain(
      'The vectors of the backend must be those of one that selectBackend gives (with the function affineInto), but ',
    );
    expect(await refusal(() => model.outputs(x, undefined, [0, 0, 0, 0, 0, 0] as never))).toContain(
      'The offsets must be a Float64Array',
    );
    expect(await refusal(() => model.outputs(x, undefined, Float64Array.of(0, 0, 0, 0, 0, NaN)))).toContain(
      'Offset 5 must be a finite number',
    );
    expect(await refusal(() => model.evaluate(x, new Array(4294967295) as never))).toContain(
      'The target y must be of length 6',
    );
  });
});
