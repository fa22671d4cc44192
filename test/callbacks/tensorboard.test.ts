/** Event files, read back by the frames and with a protocol buffer reader, and by TensorBoard itself where it is installed. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crc32c } from '../../lib/callbacks/event-file.js';
import { TensorBoard } from '../../lib/callbacks/index.js';
import { createRandom } from '../../lib/core/random.js';
import { train, type TrainOptions } from '../../lib/train.js';
import { expectError, temporaryFiles, type TemporaryFiles } from '../data/files.js';
import { pythonPackage } from '../support/python.js';

let files: TemporaryFiles;
beforeAll(async () => {
  files = await temporaryFiles();
});
afterAll(() => files.remove());

interface Read {
  version?: string;
  step: number;
  wallTime: number;
  session?: number;
  scalars: Record<string, number>;
}

const unmasked = (crc: number): number => {
  const rotated = (crc - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
};

function readEvents(file: Buffer): Read[] {
  const events: Read[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(unmasked(file.readUInt32LE(at + 8))).toBe(crc32c(file.subarray(at, at + 8)));
    const bytes = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(file.readUInt32LE(at + 12 + length))).toBe(crc32c(bytes));
    events.push(new PbfReader(bytes).readFields(readEvent, { step: 0, wallTime: 0, scalars: {} } as Read));
    at += 16 + length;
  }
  return events;
}

function readEvent(tag: number, event: Read, pbf: PbfReader): void {
  if (tag === 1) event.wallTime = pbf.readDouble();
  else if (tag === 2) event.step = pbf.readVarint();
  else if (tag === 3) event.version = pbf.readString();
  else if (tag === 7) {
    pbf.readMessage((inner, one) => {
      if (inner === 1) one.session = pbf.readVarint();
    }, event);
  } else if (tag === 5) {
    pbf.readMessage((inner) => {
      if (inner !== 1) return;
      const value = { tag: '', simple: Number.NaN };
      pbf.readMessage((field, one) => {
        if (field === 1) one.tag = pbf.readString();
        else if (field === 2) one.simple = pbf.readFloat();
      }, value);
      event.scalars[value.tag] = value.simple;
    }, event);
  }
}

it('has the checksum of Castagnoli', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

const random = createRandom(6);
const x = { values: Float64Array.from({ length: 120 }, () => random.normal()), rows: 40, columns: 3 };
const y = Float64Array.from({ length: 40 }, (_, i) => Math.tanh(x.values[3 * i]!));
const options: TrainOptions = { network: 'mlp', hidden: [3], maxIterations: 6, tolerance: 0, backend: 'javascript' };

async function eventsIn(folder: string): Promise<Read[][]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('events.out.tfevents.'));
  return Promise.all(names.sort().map(async (name) => readEvents(await readFile(path.join(folder, name)))));
}

it('is written an event a record, with the numbers of the record', async () => {
  const folder = files.path('runs/one');
  const { history } = await train({ x, y }, { ...options, callbacks: [TensorBoard({ folder })] });
  const [[head, ...events] = []] = await eventsIn(folder);
  expect(head).toMatchObject({ version: 'brain.Event:2', scalars: {} });
  expect(Math.abs(head!.wallTime - Date.now() / 1000)).toBeLessThan(600);
  expect(events.map(({ step }) => step)).toEqual(history.map(({ iteration }) => iteration));
  events.forEach(({ scalars }, k) => {
    const { objective, gradientNorm, layerNorms, steps } = history[k]!;
    expect(scalars['objective']).toBe(Math.fround(objective));
    expect(scalars['gradient norm']).toBe(Math.fround(gradientNorm));
    for (const [layer, norm] of Object.entries(layerNorms)) expect(scalars[`norms/${layer}`]).toBe(Math.fround(norm));
    for (const [layer, columns] of Object.entries(steps))
      for (const [column, step] of Object.entries(columns))
        expect(scalars[`steps/${layer}/${column}`]).toBe(Math.fround(step));
  });
});

it('says in a resumed run from which step on it counts', async () => {
  const folder = files.path('runs/two');
  const checkpoint = { folder: files.path('checkpoint'), resume: true };
  for (const maxIterations of [3, 6])
    await train({ x, y }, { ...options, maxIterations, checkpoint, callbacks: [TensorBoard({ folder })] });
  const [first, second] = await eventsIn(folder);
  expect(first!.map(({ step }) => step)).toEqual([0, 0, 1, 2, 3]);
  expect(second!.map(({ step, session }) => [step, session])).toEqual([
    [0, undefined],
    [4, 1],
    [4, undefined],
    [5, undefined],
    [6, undefined],
  ]);
});

it('ends a run whose events cannot be written', async () => {
  const file = await files.write('no-folder', 'text');
  await expectError(
    () => train({ x, y }, { ...options, callbacks: [TensorBoard({ folder: file })] }),
    'UNWRITABLE_FILE',
    'no-folder',
  );
});

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1]).Reload()
print(json.dumps({tag: [[one.step, one.value] for one in events.Scalars(tag)] for tag in events.Tags()['scalars']}))`;

const tensorboard = pythonPackage('tensorboard');

it.skipIf(tensorboard === null)(`is read by TensorBoard ${tensorboard?.version}, resumed runs included`, async () => {
  const folder = files.path('runs/three');
  const checkpoint = { folder: files.path('checkpoint-three'), resume: true };
  const run = (maxIterations: number) =>
    train({ x, y }, { ...options, maxIterations, checkpoint, validation: 0.2, callbacks: [TensorBoard({ folder })] });
  await run(3);
  const { history } = await run(6);
  const scalars = tensorboard!.told(READ, folder) as Record<string, [number, number][]>;
  const expected = (value: (record: (typeof history)[number]) => number): [number, number][] =>
    history.map((record) => [record.iteration, Math.fround(value(record))]);
  expect(scalars['objective']).toEqual(expected(({ objective }) => objective));
  expect(scalars['gradient norm']).toEqual(expected(({ gradientNorm }) => gradientNorm));
  expect(scalars['validation/loss']).toEqual(expected(({ validation }) => validation!.loss));
  expect(Object.keys(scalars)).toEqual(expect.arrayContaining(['rows', 'products', 'norms/hidden', 'norms/output']));
});
