/**
 * planesearch in a browser: everything between the data and the trained parameters, without what needs a file system, processes or threads.
 *
 * `docs/webassembly.md` says how a page imports it. What is here is the same as in `planesearch` itself.
 */
import { PlanesearchError } from './core/errors.js';
import type { Backend } from './backends/backend.js';
import { createCompiledBackend } from './backends/compiled.js';
import { instantiate, type Emnapi } from './backends/wasm/instantiate.js';
import { webAssembly } from './backends/wasm/web-assembly.js';

/** Where the package has its module, for pages and bundlers alike. */
const OWN_MODULE = new URL('../prebuilds/wasm/planesearch.wasm', import.meta.url);

/**
 * The wasm backend: the compiled core on one thread, with vectors of 16 bytes.
 *
 * @param module where `planesearch.wasm` lies, or its bytes. Default: in the package
 * @throws PlanesearchError BACKEND_UNAVAILABLE where it cannot be fetched, or the browser refuses it
 */
export async function loadWasmBackend(module: string | URL | ArrayBuffer = OWN_MODULE): Promise<Backend> {
  if (!webAssembly) throw unavailable('this browser has no WebAssembly');
  const bytes = module instanceof ArrayBuffer ? module : await fetched(module);
  try {
    const emnapi = { ...(await import('@emnapi/runtime')), ...(await import('@emnapi/core')) };
    const core = instantiate(await webAssembly.compile(bytes), emnapi as unknown as Emnapi);
    return createCompiledBackend({ name: 'wasm', module: core, threads: 1, file: null });
  } catch (cause) {
    throw unavailable(`its module was refused (${String(cause)})`, cause);
  }
}

async function fetched(address: string | URL): Promise<ArrayBuffer> {
  let answer: Response;
  try {
    answer = await fetch(address);
  } catch (cause) {
    throw unavailable(`${address} cannot be fetched`, cause);
  }
  if (!answer.ok) throw unavailable(`${address} was answered with ${answer.status}`);
  return answer.arrayBuffer();
}

function unavailable(reason: string, cause?: unknown): PlanesearchError {
  return new PlanesearchError('BACKEND_UNAVAILABLE', `The wasm backend cannot be loaded: ${reason}.`, { cause });
}

export { createJavascriptBackend } from './backends/javascript.js';
export type { Backend, DataMatrix, MatrixOptions, MatrixSource } from './backends/backend.js';
export { PlanesearchError, type ErrorCode } from './core/errors.js';
export { Objective, type ObjectiveSpec } from './core/objective.js';
export { createTrainer, minimize, type Trainer, type TrainerOptions, type TrainerStart } from './core/trainer.js';
export type { TrainingResult } from './core/trainer.js';
export type { IterationRecord } from './core/iteration-record.js';
export * as stopping from './core/stopping.js';
export { createRandom, type Random } from './core/random.js';
export { outputsOfMatrix } from './io/matrix-outputs.js';
export * from './networks/index.js';
export * from './losses/index.js';
export { taskLosses, tasks } from './losses/tasks.js';
export { activations, type Activation, type ActivationName } from './activations/index.js';
export * from './directions/index.js';
export * from './schedules/index.js';
export * from './steps/index.js';
export * from './subspace/index.js';
