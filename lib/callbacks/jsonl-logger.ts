import type { Callback } from '../core/trainer.js';
import { traceLine } from './jsonl.js';
import { recordFile } from './record-lines.js';

/** Writes every record to a file as one line of JSON, as it goes. @throws UNWRITABLE_FILE from the run */
export function JSONLLogger(path: string): Callback {
  return recordFile(path, traceLine);
}
