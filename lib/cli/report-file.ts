/** The page that `train --report` and `report` write. */
import path from 'node:path';
import { isFile } from '../backends/file-source.js';
import { PlanesearchError, reject } from '../core/errors.js';
import type { RawTarget, TrainingMatrix } from '../data/index.js';
import type { Model } from '../io/model.js';
import { reportOf, type ReportData, type ReportOptions } from '../report/index.js';
import { untilAborted, type Io } from './io.js';
import type { TrainArguments } from './arguments.js';
import { writeText } from './output-file.js';

/** @throws PlanesearchError INCOMPATIBLE: the worst rows are looked up in X, which of the rows that are trained on may be elsewhere */
export function requireInMemory({ outOfCore, distributed, test, validation }: TrainArguments): void {
  // Rank 0 reads these itself.
  const own = distributed && (test !== undefined || typeof validation === 'string');
  const elsewhere = outOfCore
    ? '--out-of-core'
    : distributed && !own
      ? '--distributed without --test or a validation file'
      : null;
  if (elsewhere)
    throw new PlanesearchError(
      'INCOMPATIBLE',
      `--report must have its rows in memory, but ${elsewhere} was given; 'planesearch report MODEL' makes a page later.`,
    );
}

/** A table as rows to judge by, under the name of its file. */
export function rowsToJudge(file: string, { data, target }: { data: TrainingMatrix; target: RawTarget }): ReportData {
  if (isFile(data)) return reject('INCOMPATIBLE', 'The rows of a report', 'in memory', data);
  return { x: data, y: target, name: path.basename(file) };
}

/** @param option that named the file, for the sentence about one that cannot be written */
export async function writePage(option: string, file: string, model: Model, options: ReportOptions, io: Io): Promise<void> {
  await writeText(option, file, await untilAborted(reportOf(model, options), io.signal));
}
