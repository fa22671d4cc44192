/** The native backend: the compiled core as an addon, on threads of its own. */
import type { Backend } from './backend.js';
import { createCompiledBackend } from './compiled.js';
import { nativeFile } from './native-file.js';
import { loadNative } from './native-module.js';

export { loadNative, nativeInfo, type NativeInfo, type NativeModule } from './native-module.js';

/** @param options.threads threads that a computation may use, from 1 to 256 */
export function createNativeBackend({ threads }: { readonly threads: number }): Backend {
  return createCompiledBackend({ name: 'native', module: loadNative(), threads, file: nativeFile });
}
