/** Choosing a backend: `native` where its binary loads, otherwise `javascript`, saying why. */
import { PlanesearchError, reject, requireInteger } from '../core/errors.js';
import type { Backend, BackendName } from './backend.js';
import { defaultThreads, MOST_THREADS } from './default-threads.js';
import { createJavascriptBackend } from './javascript.js';
import { createNativeBackend, loadNative } from './native.js';
import { warnOfBundle } from './native-module.js';

export interface BackendChoice {
  readonly backend: Backend;
  /** Why the javascript backend serves although native was wanted; null otherwise. */
  readonly notice: string | null;
}

/**
 * What PLANESEARCH_BACKEND makes of 'auto'; a name given in code is stronger.
 *
 * @throws PlanesearchError INVALID_OPTION for another name
 */
export function wantedBackend(): BackendName | 'auto' {
  const wanted = process.env['PLANESEARCH_BACKEND'];
  if (wanted === undefined || wanted === '' || wanted === 'auto') return 'auto';
  if (wanted === 'native' || wanted === 'javascript') return wanted;
  throw new PlanesearchError(
    'INVALID_OPTION',
    `The variable PLANESEARCH_BACKEND must be one of auto, native, javascript, but is '${wanted}'.`,
  );
}

/**
 * @param given 'native' fails with BACKEND_UNAVAILABLE where no binary loads; 'auto' then takes 'javascript' with a notice, or what the
 * variable PLANESEARCH_BACKEND names
 * @param wantedThreads threads of the native backend, at least 1; default: the variable PLANESEARCH_THREADS, or the processors that this process may
 * use, within the quota of its container
 * @throws PlanesearchError INVALID_OPTION for another name or a number of threads that is none
 */
export function selectBackend(given: BackendName | 'auto' = 'auto', wantedThreads?: number): BackendChoice {
  const threads = wantedThreads ?? defaultThreads().threads;
  requireInteger('threads', threads, 1, MOST_THREADS);
  const name = given === 'auto' ? wantedBackend() : given;
  if (name === 'javascript') return { backend: createJavascriptBackend(), notice: null };
  if (name !== 'auto' && name !== 'native') reject('INVALID_OPTION', 'backend', 'one of auto, native, javascript', name);
  if (name === 'auto') {
    try {
      loadNative();
    } catch (error) {
      if (!(error instanceof PlanesearchError && error.code === 'BACKEND_UNAVAILABLE')) throw error;
      warnOfBundle();
      return { backend: createJavascriptBackend(), notice: `The javascript backend is used: ${error.message}` };
    }
  }
  return { backend: createNativeBackend({ threads }), notice: null };
}

export type { Backend, BackendName };
