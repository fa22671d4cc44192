/** The backends that run the C++ core, as an addon and in WebAssembly. */
import type { Backend } from '../../lib/backends/backend.js';
import { createWasmBackend, loadWasm } from '../../lib/backends/wasm/wasm.js';
import { absence, nativeAbsence, nativeBackend } from './backends.js';
import { javascript } from './problems.js';

/** Why the wasm backend cannot be tested; null when it can. */
export const wasmAbsence = absence('wasm', loadWasm);

/** Each of them has to be the javascript one to rounding. */
export const compiledBackends: readonly Backend[] = [
  ...(nativeAbsence === null ? [nativeBackend(2)] : []),
  ...(wasmAbsence === null ? [createWasmBackend()] : []),
];

export const everyBackend: readonly Backend[] = [javascript, ...compiledBackends];
