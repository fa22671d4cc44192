/** Choosing a backend: `native` where its binary loads, otherwise `javascript`, saying why. */
import { availableParallelism } from 'node:os';
import { reject, requireFunctions, requireInteger } from '../core/errors.js';
import type { Backend, BackendName } from './backend.js';
import { createJavascriptBackend } from './javascript.js';
import { createNativeBackend, loadNative } from './native.js';
import { warnOfBundle } from './native-module.js';

export interface BackendChoice {
  readonly backend: Backend;
  /** Why the javascript backend serves although native was wanted; null otherwise. */
  readonly notice: string | null;
}

let processors: number | undefined;

/** Asked once: the question goes to the system, and a prediction of one row takes no longer than the answer. */
function defaultThreads(): number {
  return (processors ??= Math.min(256, availableParallelism()));
}

/**
 * @param name a backend is taken as it is; 'native' fails with BACKEND_UNAVAILABLE where no binary loads; 'auto' then takes 'javascript' with a notice
 * @param threads threads of the native backend, at least 1; default: the processors this process may use
 * @throws PlanesearchError INVALID_OPTION for another name or a number of threads that is none
 */
export function selectBackend(
  name: BackendName | 'auto' | Backend = 'auto',
  threads: number = defaultThreads(),
): BackendChoice {
  if (typeof name === 'object' && name !== null) return { backend: requireBackend(name), notice: null };
  requireInteger('threads', threads, 1, 256);
  if (name === 'javascript') return { backend: createJavascriptBackend(), notice: null };
  if (name !== 'auto' && name !== 'native') reject('INVALID_OPTION', 'backend', 'one of auto, native, javascript', name);
  if (name === 'auto') {
    try {
      loadNative();
    } catch (error) {
      warnOfBundle();
      return { backend: createJavascriptBackend(), notice: `The javascript backend is used: ${(error as Error).message}` };
    }
  }
  return { backend: createNativeBackend({ threads }), notice: null };
}

function requireBackend(backend: Backend): Backend {
  requireFunctions('backend', "'auto', 'native', 'javascript' or a backend", backend, ['matrix', 'trackedLoss']);
  return backend;
}

export type { Backend, BackendName };
