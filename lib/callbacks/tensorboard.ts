import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { PlanesearchError, reject } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import { refuseUnknown } from '../core/option-names.js';
import type { Callback } from '../core/trainer.js';
import { unwritable } from '../io/output-file.js';
import { encodeEvent, FILE_VERSION, SESSION_START } from './event-file.js';
import { LineFile } from './line-file.js';

export interface TensorBoardOptions {
  /** Folder of the run, made where there is none: `tensorboard --logdir` of it or of one above shows the run. */
  readonly folder: string;
}

let files = 0;

/**
 * Writes the numbers of every record to an event file of TensorBoard: `objective`, `loss` and `validation/...` with validation, `gradient norm`, `rows`, `steps/layer/column`,
 * `norms/layer`, `products`, as functions of the iteration.
 *
 * @throws UNWRITABLE_FILE from the run
 */
export function TensorBoard(options: TensorBoardOptions): Callback {
  refuseUnknown(options, ['folder'], { what: 'The options of TensorBoard' });
  const { folder } = options;
  if (typeof folder !== 'string' || folder === '') reject('INVALID_OPTION', 'The folder of TensorBoard', 'a path', folder);
  let file: LineFile | null = null;
  const callback: Callback = async (record) => {
    const wallTime = Date.now() / 1000;
    const step = record.iteration;
    if (!file) {
      file = await openEventFile(folder);
      file.write(encodeEvent({ wallTime, fileVersion: FILE_VERSION }));
      if (step > 0) file.write(encodeEvent({ wallTime, step, sessionLog: { status: SESSION_START } }));
    }
    const value = scalarsOf(record).map(([tag, simpleValue]) => ({ tag, simpleValue }));
    await written(file, encodeEvent({ wallTime, step, summary: { value } }));
  };
  return Object.assign(callback, {
    async end() {
      const ended = file;
      file = null;
      ended?.end();
      if (ended) await finished(ended);
    },
  });
}

async function openEventFile(folder: string): Promise<LineFile> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, (error as Error).message, error);
  }
  const name = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}.${process.pid}.${files++}`;
  return new LineFile(path.join(folder, name));
}

function written(file: LineFile, event: Buffer): Promise<void> {
  return new Promise((resolve, fail) => {
    file.write(event, (error) => {
      if (!error) resolve();
      else
        fail(
          new PlanesearchError('UNWRITABLE_FILE', `The events could not be written: ${error.message}.`, { cause: error }),
        );
    });
  });
}

function scalarsOf(record: IterationRecord): [string, number][] {
  const { rows, objective, loss, gradientNorm, products, steps, layerNorms, validation } = record;
  return [
    ['objective', objective],
    ...(loss === undefined ? [] : [['loss', loss] as [string, number]]),
    ['gradient norm', gradientNorm],
    ['rows', rows],
    ['products', products.multiply + products.multiplyTransposed],
    ...Object.entries(validation ?? {})
      .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
      .map(([name, value]): [string, number] => [`validation/${name}`, value]),
    ...Object.entries(steps).flatMap(([layer, columns]) =>
      Object.entries(columns).map(([column, step]): [string, number] => [`steps/${layer}/${column}`, step]),
    ),
    ...Object.entries(layerNorms).map(([layer, norm]): [string, number] => [`norms/${layer}`, norm]),
  ];
}
