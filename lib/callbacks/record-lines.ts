/** Records as lines of a stream. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { PlanesearchError } from '../core/errors.js';
import type { IterationRecord } from '../core/iteration-record.js';
import type { Callback, RunningTrainer } from '../core/trainer.js';
import { LineFile } from './line-file.js';

/** A callback that can be called with a record alone. */
export type RecordCallback = (record: IterationRecord, trainer?: Pick<RunningTrainer, 'history'>) => Promise<void>;

/** @param line the text of a record with its end; `first` is true once, for what stands on top */
export function recordLines(stream: Writable, line: (record: IterationRecord, first: boolean) => string): RecordCallback {
  let failure: Error | null = null;
  let first = true;
  stream.on('error', (error) => {
    failure = error;
  });
  return async (record, trainer) => {
    // A run that is resumed begins with what it had done before.
    const records = first && trainer ? trainer.history : [record];
    for (const one of records) {
      if (!failure && !stream.write(line(one, first))) await once(stream, 'drain').catch(() => undefined);
      first = false;
    }
    if (failure) {
      const sentence = `The trace could not be written: ${failure.message}.`;
      throw new PlanesearchError('UNWRITABLE_FILE', sentence, { cause: failure });
    }
  };
}

/** The same into a file, which is made or emptied by the first record of a run and closed when the run is over. */
export function recordFile(path: string, line: (record: IterationRecord, first: boolean) => string): Callback {
  let open: { readonly file: LineFile; readonly write: RecordCallback } | null = null;
  const callback: Callback = (record, trainer) => {
    if (!open) {
      const file = new LineFile(path);
      open = { file, write: recordLines(file, line) };
    }
    return open.write(record, trainer);
  };
  return Object.assign(callback, {
    async end() {
      const file = open?.file;
      open = null;
      file?.end();
      if (file) await finished(file);
    },
  });
}
