/** The wasm backend: the compiled core in WebAssembly, on one thread, wherever Node runs and no binary fits. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isError, PlanesearchError } from '../../core/errors.js';
import type { Backend } from '../backend.js';
import { createCompiledBackend } from '../compiled.js';
import { ownFolder, type NativeInfo, type NativeModule } from '../native-module.js';
import { instantiate, type Emnapi } from './instantiate.js';
import { webAssembly } from './web-assembly.js';

let loaded: NativeModule | undefined;

/** Loads the module once per thread. @throws PlanesearchError BACKEND_UNAVAILABLE */
export function loadWasm(): NativeModule {
  if (loaded) return loaded;
  const root = ownFolder();
  if (root === null) throw unavailable('its module is not found from inside a bundle either');
  if (!webAssembly) throw unavailable('this Node runs without WebAssembly');
  const bytes = moduleBytes(root);
  try {
    const require = createRequire(path.join(root, 'package.json'));
    const emnapi = { ...require('@emnapi/runtime'), ...require('@emnapi/core') } as Emnapi;
    return (loaded = instantiate(new webAssembly.Module(bytes), emnapi));
  } catch (cause) {
    throw unavailable(`its module was refused (${(isError(cause) ? cause.message : String(cause)).split('\n')[0]})`, cause);
  }
}

function moduleBytes(root: string): Uint8Array {
  try {
    return readFileSync(path.join(root, 'prebuilds', 'wasm', 'planesearch.wasm'));
  } catch (cause) {
    throw unavailable("its module was not built; 'npm run prebuild:wasm' in a checkout makes it", cause);
  }
}

function unavailable(reason: string, cause?: unknown): PlanesearchError {
  return new PlanesearchError('BACKEND_UNAVAILABLE', `The wasm backend cannot be loaded: ${reason}.`, { cause });
}

/** What the wasm backend runs on. @throws PlanesearchError BACKEND_UNAVAILABLE */
export function wasmInfo(): NativeInfo {
  return loadWasm().info();
}

/** @throws PlanesearchError BACKEND_UNAVAILABLE */
export function createWasmBackend(): Backend {
  return createCompiledBackend({ name: 'wasm', module: loadWasm(), threads: 1, file: null });
}
