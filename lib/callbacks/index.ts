/** Every built-in callback, one line each. */
export { jsonl } from './jsonl.js';
export { progress } from './progress.js';
export { StatusLine, type StatusStream } from './status-line.js';
