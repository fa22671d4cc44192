/** What of `WebAssembly` is used here: the types of Node have none of it. */

export interface WasmMemory {
  /** Another one after every growth. */
  readonly buffer: ArrayBuffer;
}

declare const compiled: unique symbol;

/** A `WebAssembly.Module`. */
export interface WasmModule {
  readonly [compiled]: true;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => WasmInstance;
  compile(bytes: ArrayBuffer): Promise<WasmModule>;
}

/** Undefined where the engine runs without a compiler (`node --jitless`). */
export const webAssembly = (globalThis as unknown as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
