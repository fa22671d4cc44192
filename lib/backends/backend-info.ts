/** Which backend `auto` takes on this machine, on what it runs, and why. */
import { PlanesearchError } from '../core/errors.js';
import { packageVersion } from '../io/package-version.js';
import type { BackendName } from './backend.js';
import { defaultThreads, type ThreadChoice } from './default-threads.js';
import { firstThatLoads, wantedBackend } from './index.js';
import { nativeInfo } from './native.js';
import type { NativeInfo } from './native-module.js';
import { wasmInfo } from './wasm/wasm.js';

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
  /** The same of the WebAssembly module; null where it does not load. */
  readonly wasm: NativeInfo | null;
  /** Why a compiled backend does not load, where it does not. */
  readonly missing: { readonly native: string | null; readonly wasm: string | null };
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
  const native = kernelsOf(nativeInfo);
  const wasm = kernelsOf(wasmInfo);
  const here = {
    version: packageVersion(),
    platform: `${process.platform}-${process.arch}`,
    threads: defaultThreads(),
    native: native.info,
    wasm: wasm.info,
    missing: { native: native.reason, wasm: wasm.reason },
  };
  if (wanted === 'auto') {
    const { name, reason } = firstThatLoads();
    return { ...here, backend: name, reason };
  }
  const reason = wanted === 'javascript' ? null : here.missing[wanted];
  if (reason !== null) return { ...here, backend: null, reason };
  return { ...here, backend: wanted, reason: wanted === 'native' ? null : 'PLANESEARCH_BACKEND asks for it.' };
}

/** What a compiled backend runs on, or why it does not load. */
function kernelsOf(info: () => NativeInfo): { readonly info: NativeInfo | null; readonly reason: string | null } {
  try {
    return { info: info(), reason: null };
  } catch (error) {
    if (!(error instanceof PlanesearchError && error.code === 'BACKEND_UNAVAILABLE')) throw error;
    return { info: null, reason: error.message };
  }
}
