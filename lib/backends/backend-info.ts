/** Which backend `auto` takes on this machine, on what it runs, and why. */
import { PlanesearchError } from '../core/errors.js';
import { packageVersion } from '../io/package-version.js';
import type { BackendName } from './backend.js';
import { defaultThreads, type ThreadChoice } from './default-threads.js';
import { wantedBackend } from './index.js';
import { nativeInfo } from './native.js';
import type { NativeInfo } from './native-module.js';

export interface BackendInfo {
  readonly version: string;
  /** As `process.platform` and `process.arch` have it: 'linux-x64'. */
  readonly platform: string;
  /** What a run without the option `backend` gets; null where it would fail, because PLANESEARCH_BACKEND asks for what there is not. */
  readonly backend: BackendName | null;
  /** Why it is not 'native': what is missing and what to do about it, or PLANESEARCH_BACKEND; null when it is. */
  readonly reason: string | null;
  /** OpenBLAS and its kernels, instruction set; null where no binary loads. */
  readonly native: NativeInfo | null;
  /** Threads of a run without the option `threads`, and what decided. */
  readonly threads: ThreadChoice;
}

/**
 * What runs here, and why.
 *
 * @throws PlanesearchError INVALID_OPTION when PLANESEARCH_BACKEND, PLANESEARCH_SIMD or PLANESEARCH_THREADS says what it cannot
 */
export function backendInfo(): BackendInfo {
  const wanted = wantedBackend();
  const base = {
    version: packageVersion(),
    platform: `${process.platform}-${process.arch}`,
    threads: defaultThreads(),
  };
  let native: NativeInfo | null = null;
  let missing: string | null = null;
  try {
    native = nativeInfo();
  } catch (error) {
    if (!(error instanceof PlanesearchError && error.code === 'BACKEND_UNAVAILABLE')) throw error;
    missing = error.message;
  }
  if (wanted === 'javascript') return { ...base, native, backend: 'javascript', reason: 'PLANESEARCH_BACKEND asks for it.' };
  if (native) return { ...base, native, backend: 'native', reason: null };
  return { ...base, native, backend: wanted === 'native' ? null : 'javascript', reason: missing };
}
