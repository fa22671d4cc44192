/** Choosing a backend: the first of `native`, `wasm` and `javascript` that loads here, saying why it is not the first. */
import { PlanesearchError, reject, requireFunctions, requireInteger } from '../core/errors.js';
import type { Backend, BackendName } from './backend.js';
import { defaultThreads, MOST_THREADS } from './default-threads.js';
import { createJavascriptBackend } from './javascript.js';
import { createNativeBackend, loadNative } from './native.js';
import { warnOfBundle } from './native-module.js';
import { createWasmBackend, loadWasm } from './wasm/wasm.js';

export interface BackendChoice {
  readonly backend: Backend;
  /** Why another backend serves although native was wanted; null otherwise. */
  readonly notice: string | null;
}

const names: readonly BackendName[] = ['native', 'wasm', 'javascript'];
const choices = ['auto', ...names].join(', ');

/**
 * What PLANESEARCH_BACKEND makes of 'auto'; a name given in code is stronger.
 *
 * @throws PlanesearchError INVALID_OPTION for another name
 */
export function wantedBackend(): BackendName | 'auto' {
  const wanted = process.env['PLANESEARCH_BACKEND'];
  if (wanted === undefined || wanted === '' || wanted === 'auto') return 'auto';
  const named = names.find((name) => name === wanted);
  if (named !== undefined) return named;
  throw new PlanesearchError(
    'INVALID_OPTION',
    `The variable PLANESEARCH_BACKEND must be one of ${choices}, but is '${wanted}'.`,
  );
}

/** The first backend that loads, and of each one before it why it does not. */
export function firstThatLoads(): { readonly name: BackendName; readonly reason: string | null } {
  const reasons: string[] = [];
  for (const [name, load] of [
    ['native', loadNative],
    ['wasm', loadWasm],
  ] as const) {
    try {
      load();
      return { name, reason: reasons[0] ?? null };
    } catch (error) {
      if (!(error instanceof PlanesearchError && error.code === 'BACKEND_UNAVAILABLE')) throw error;
      reasons.push(error.message);
    }
  }
  return { name: 'javascript', reason: reasons.join(' ') };
}

/**
 * @param given a backend is taken as it is; 'native' and 'wasm' fail with BACKEND_UNAVAILABLE where they do not load; 'auto' takes the first that
 * loads of 'native', 'wasm' and 'javascript', with a notice when that is not 'native', or what the variable PLANESEARCH_BACKEND names
 * @param wantedThreads threads of the native backend, at least 1; default: the variable PLANESEARCH_THREADS, or the processors that this process may
 * use, within the quota of its container
 * @throws PlanesearchError INVALID_OPTION for another name or a number of threads that is none
 */
export function selectBackend(given: BackendName | 'auto' | Backend = 'auto', wantedThreads?: number): BackendChoice {
  if (typeof given === 'object' && given !== null) return { backend: requireBackend(given), notice: null };
  const threads = wantedThreads ?? defaultThreads().threads;
  requireInteger('threads', threads, 1, MOST_THREADS);
  const wanted = given === 'auto' ? wantedBackend() : given;
  if (wanted !== 'auto') return { backend: create(wanted, threads), notice: null };
  const { name, reason } = firstThatLoads();
  if (name === 'javascript') warnOfBundle();
  return { backend: create(name, threads), notice: reason === null ? null : `The ${name} backend is used: ${reason}` };
}

function create(name: BackendName, threads: number): Backend {
  if (name === 'native') return createNativeBackend({ threads });
  if (name === 'wasm') return createWasmBackend();
  if (name === 'javascript') return createJavascriptBackend();
  return reject('INVALID_OPTION', 'backend', `one of ${choices}`, name);
}

function requireBackend(backend: Backend): Backend {
  requireFunctions('backend', "'auto', 'native', 'wasm', 'javascript' or a backend", backend, ['matrix', 'trackedLoss']);
  return backend;
}

export type { Backend, BackendName };
