/**
 * The compiled core as a WebAssembly module: the same code as the addon, and the same object comes out. Node-API is that of emnapi.
 *
 * WebAssembly sees its own memory only, so typed arrays are copied in and out (native/addon/arrays.h). Of the system it wants a clock and an
 * environment, which is empty.
 */
import type { NativeModule } from '../native-module.js';
import { webAssembly, type WasmInstance, type WasmMemory, type WasmModule } from './web-assembly.js';

const SUCCESS = 0;

// What an array was made as, whatever it says of itself.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getterOf = <T>(name: string): (() => T) => Object.getOwnPropertyDescriptor(typedArray, name)!.get as () => T;
const bufferOf = getterOf<ArrayBuffer>('buffer');
const byteOffsetOf = getterOf<number>('byteOffset');
const byteLengthOf = getterOf<number>('byteLength');

/** What of the packages `@emnapi/core` and `@emnapi/runtime` is used. */
export interface Emnapi {
  createContext(): EmnapiContext;
  createNapiModule(options: { readonly context: EmnapiContext }): {
    readonly imports: {
      readonly env: {
        _emnapi_get_last_error_info(env: number, code: number, engineCode: number, engineReserved: number): void;
      };
      readonly napi: object;
    };
    init(options: { instance: WasmInstance; module: WasmModule }): unknown;
  };
}

interface EmnapiContext {
  readonly handleStore: { get(handle: number): { readonly value: unknown } | undefined };
  suppressDestroy(): void;
}

/** Synchronous; a browser may want an `await` on the way to `module`. */
export function instantiate(module: WasmModule, { createContext, createNapiModule }: Emnapi): NativeModule {
  const context = createContext();
  // Otherwise an event loop that runs dry once would end it, and a listener of 'beforeExit' may go on.
  context.suppressDestroy();
  const napi = createNapiModule({ context });
  const bytes = (at: number, count: number): Uint8Array => new Uint8Array(memory.buffer, at >>> 0, count >>> 0);
  const bytesOf = (handle: number): Uint8Array => {
    const array = context.handleStore.get(handle)!.value;
    return new Uint8Array(bufferOf.call(array), byteOffsetOf.call(array), byteLengthOf.call(array));
  };
  const view = (at: number, count: number): DataView => new DataView(memory.buffer, at >>> 0, count);
  const instance = new webAssembly!.Instance(module, {
    napi: {
      ...napi.imports.napi,
      // emnapi has this one in C: a struct of sentence, reserved, code of the engine, code.
      napi_get_last_error_info(env: number, result: number) {
        napi.imports.env._emnapi_get_last_error_info(env, lastError + 12, lastError + 8, lastError + 4);
        view(result, 4).setUint32(0, lastError, true);
        return SUCCESS;
      },
    },
    env: { ...napi.imports.env, emscripten_notify_memory_growth() {} },
    planesearch: {
      // Of a detached array, which has no bytes, no view can be made; C++ could not catch what that throws.
      copyIn(from: number, to: number, count: number) {
        if (count === 0) return;
        bytes(to, count).set(bytesOf(from).subarray(0, count >>> 0));
      },
      copyOut(from: number, to: number, count: number) {
        if (count === 0) return;
        const target = bytesOf(to);
        target.set(bytes(from, Math.min(count >>> 0, target.length)));
      },
    },
    wasi_snapshot_preview1: systemCalls(view),
  });
  const memory = instance.exports['memory'] as WasmMemory;
  (instance.exports['_initialize'] as () => void)();
  const sentence = new TextEncoder().encode('A call of Node-API has failed.\0');
  const lastError = (instance.exports['malloc'] as (bytes: number) => number)(16 + sentence.length);
  view(lastError, 16).setUint32(0, lastError + 16, true);
  bytes(lastError + 16, sentence.length).set(sentence);
  return napi.init({ instance, module }) as NativeModule;
}

/** A system with an empty environment and a clock. */
function systemCalls(view: (at: number, count: number) => DataView): object {
  return {
    environ_sizes_get(count: number, size: number) {
      view(count, 4).setUint32(0, 0, true);
      view(size, 4).setUint32(0, 0, true);
      return SUCCESS;
    },
    environ_get: () => SUCCESS,
    clock_time_get(_clock: number, _precision: bigint, to: number) {
      view(to, 8).setBigUint64(0, BigInt(Math.round(performance.now() * 1e6)), true);
      return SUCCESS;
    },
    proc_exit(code: number) {
      throw new Error(`The WebAssembly module has ended itself with code ${code}.`);
    },
  };
}
