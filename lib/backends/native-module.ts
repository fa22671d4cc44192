/**
 * Loading the native addon (`find-addon.ts` finds it). When nothing loads, the error says which of the usual reasons it was and keeps the
 * original error as its cause.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isError, PlanesearchError } from '../core/errors.js';
import type { CoordinateRequest, CoordinateSweep } from '../coordinate/request.js';
import type {
  Accepted,
  AnyVector,
  Chunked,
  ChunkMoments,
  ColumnDescent,
  CurvatureFactors,
  Evaluation,
  MaybePromise,
  VectorAlgebra,
} from './backend.js';
import { coreOfMachine } from './blas-core.js';
import { findAddon } from './find-addon.js';
import type { Frame } from './frame.js';
import type { NativeNetwork } from './native-network.js';

/** What the class DataMatrix is made of: dense rows, or with `indptr` compressed ones. */
export interface NativeSource {
  readonly rows: number;
  readonly columns: number;
  /** Whether X is stored and multiplied in float32, whatever its values come in. */
  readonly single: boolean;
  readonly values: Float64Array | Float32Array | undefined;
  readonly indptr?: Float64Array;
  readonly indices?: Uint32Array;
  readonly order?: Uint32Array | undefined;
  readonly chunkOf?: Chunked | undefined;
}

/** X in a file: in place of values. */
export interface NativeFile {
  readonly path: string;
  /** How messages call it. */
  readonly shown: string;
  readonly offset: number;
  /** Whether the numbers of the file are float32. */
  readonly singleFile: boolean;
  readonly leftOut: number | undefined;
  readonly memory: number;
  /** Of compressed rows, and whether all of them are 1. */
  readonly entries?: { readonly count: number; readonly indptr: NativeIntegers; readonly indices: NativeIntegers };
  readonly ones?: boolean;
}

/** Integers in the file, of 32 or 64 bits. */
export interface NativeIntegers {
  readonly offset: number;
  readonly wide: boolean;
}

/** The class DataMatrix of the addon (native/addon/data_matrix_wrap.h). */
export interface NativeMatrix {
  readonly multiplied: number;
  readonly multipliedTransposed: number;
  readonly grams: number;
  multiply(W: Float64Array, width: number, from?: number, count?: number): MaybePromise<Float64Array>;
  multiplyTransposed(R: Float64Array, width: number, from?: number, count?: number): MaybePromise<Float64Array>;
  gram(scale: Float64Array, stride: number, rows?: number): MaybePromise<Float64Array>;
  /** Of these columns, ascending, and of all rows. */
  gramOf(columns: Uint32Array, scale: Float64Array): MaybePromise<Float64Array>;
  /** Of a sparse matrix. */
  descend(descent: ColumnDescent): MaybePromise<Float64Array>;
  columnBlock(from: number, count: number): MaybePromise<Float64Array>;
  bytesUnderWay(): MaybePromise<number>;
  /** Centers and scales of the columns as they are. */
  measure(constantUlps: number): MaybePromise<Frame>;
  /** Of a chunk. */
  moments(origin: Float64Array, mean?: Float64Array, inverseUnit?: Float64Array): MaybePromise<ChunkMoments>;
  /** Brings the values into the frame; once, before any product. */
  apply(frame: Frame): MaybePromise<undefined>;
  dispose(): void;
}

/** The class TrackedLoss of the addon (native/addon/tracked_loss_wrap.h). */
export interface NativeTrackedLoss {
  restart(parameters: Float64Array): MaybePromise<number>;
  span(
    fresh: readonly Float64Array[],
    memory: readonly Float64Array[],
    variables: Int32Array,
    k: number,
  ): MaybePromise<undefined>;
  value(t: Float64Array): MaybePromise<number>;
  evaluate(t: Float64Array): MaybePromise<Evaluation>;
  advance(t: Float64Array | null, gradient: Float64Array): MaybePromise<Accepted>;
  move(t: Float64Array): MaybePromise<number>;
  grow(parameters: Float64Array, memory: readonly Float64Array[], rows: number): MaybePromise<undefined>;
  preview(parameters: Float64Array, count: number): MaybePromise<number>;
  factors(maxRows: number, seed: number, inputFactor: boolean): MaybePromise<CurvatureFactors>;
  coordinateSweep(request: NativeSweepRequest): MaybePromise<CoordinateSweep>;
  outputs(): MaybePromise<Float64Array>;
  products(): Float64Array[];
  resume(parameters: Float64Array, products: readonly Float64Array[], rows?: number): MaybePromise<undefined>;
  nodeValue(node: number): MaybePromise<Float64Array>;
  replaceBehind(parameters: Float64Array): undefined;
  cancel(): void;
  dispose(): void;
}

/** As in lib/coordinate/request.ts, with numbers for names, and with what the program tells of the layers. */
export interface NativeSweepRequest extends Omit<CoordinateRequest, 'search'> {
  readonly search: number;
  /** By layer: 0 bent, 1 straight, 2 guessed. */
  readonly kinds: Int32Array;
  /** By layer, units x outputs: how the outputs move with each unit; empty for a guessed layer. */
  readonly effects: readonly Float64Array[];
  readonly constants: Float64Array;
}

export interface NativeTrackedLossSpec extends NativeNetwork {
  readonly matrix: NativeMatrix;
  readonly threads: number;
  readonly loss: string;
  readonly lossParameters: Float64Array;
  readonly targets: Float64Array;
  readonly offsets: Float64Array | null;
  /** One per row, summing to 1; every row weighs the same when null. */
  readonly weights: Float64Array | null;
  readonly memory: number;
  /** The rows of X that it is over, all when absent, and how many of them it looks at first, all when absent. */
  readonly from?: number;
  readonly count?: number;
  readonly sample?: number;
}

/** What the native backend runs on, or the wasm one. */
export interface NativeInfo {
  /** OpenBLAS with its version and build options; in WebAssembly there are kernels of our own. */
  readonly blas: string;
  /** The processor whose OpenBLAS kernels are in use. */
  readonly core: string;
  /** Instruction set of our own kernels. */
  readonly simd: 'baseline' | 'neon' | 'avx2' | 'avx512' | 'simd128';
  readonly hardwareThreads: number;
}

export interface NativeModule {
  readonly DataMatrix: new (
    source: NativeSource | (NativeFile & Pick<NativeSource, 'rows' | 'columns' | 'single'>),
    threads: number,
  ) => NativeMatrix;
  readonly TrackedLoss: new (spec: NativeTrackedLossSpec) => NativeTrackedLoss;
  chunks(rows: number, columns: number): Float64Array;
  dot(a: Float64Array, b: Float64Array, threads: number): number;
  axpby(alpha: number, x: Float64Array, beta: number, y: Float64Array, threads: number): void;
  dots(left: readonly AnyVector[], right: readonly AnyVector[], weights: Float64Array | null, threads: number): Float64Array;
  combine(
    base: Float64Array | null,
    scales: Float64Array,
    vectors: readonly AnyVector[],
    out: AnyVector,
    threads: number,
  ): void;
  axpyByRow(weights: Float64Array, X: Float64Array, Y: Float64Array, threads: number): void;
  scaleRows(weights: Float64Array, X: Float64Array, out: Float64Array, threads: number): void;
  readonly affineInto: VectorAlgebra['affineInto'];
  /** Names of the losses and activations that have native code. */
  readonly losses: readonly string[];
  readonly activations: readonly string[];
  /** In place, or (large n) a promise of the changed copy of A; false when A is not positive definite. */
  cholesky(A: Float64Array, n: number, threads: number): MaybePromise<boolean | Float64Array>;
  /** In place, or (much work) a promise of the changed copy of B. */
  choleskySolve(
    L: Float64Array,
    n: number,
    B: Float64Array,
    count: number,
    right: boolean,
    threads: number,
  ): MaybePromise<Float64Array | undefined>;
  info(): NativeInfo;
}

/** This file, wherever a bundler has put it: one that writes CommonJS leaves `import.meta` empty. */
const here = import.meta.url ?? pathToFileURL(typeof __filename === 'string' ? __filename : `${process.cwd()}/`).href;
const require = createRequire(here);
let loaded: NativeModule | undefined;

/** What a prebuild needs; a test compares it with the binary. */
export const GLIBC_FLOOR = '2.18';

const BUNDLED =
  'planesearch is part of a bundle, where its native file is not found; ' +
  "leave it outside the bundle (external: 'planesearch') and install it beside (docs/deployment.md)";

/** Where the package lies; for a copy of this code inside a bundle where it is installed, null when it is not. */
export function ownFolder(): string | null {
  const root = path.resolve(path.dirname(fileURLToPath(here)), '../..');
  if (isPlanesearch(root)) return root;
  try {
    return path.dirname(require.resolve('planesearch/package.json'));
  } catch {
    return null;
  }
}

function isPlanesearch(folder: string): boolean {
  try {
    return (
      (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name === 'planesearch'
    );
  } catch {
    return false;
  }
}

let told = false;

/** Whoever bundles the package should not find out by its speed: a warning of the process, once. */
export function warnOfBundle(): void {
  if (told || ownFolder() !== null) return;
  told = true;
  process.emitWarning(`The javascript backend is used: ${BUNDLED}.`, { code: 'PLANESEARCH_BUNDLED' });
}

/** The addon reads the variable itself, and takes what it does not know for nothing asked. */
function checkSimd(): void {
  const wanted = process.env['PLANESEARCH_SIMD'];
  if (wanted === undefined || ['avx512', 'avx2', 'baseline'].includes(wanted)) return;
  throw new PlanesearchError(
    'INVALID_OPTION',
    `The variable PLANESEARCH_SIMD must be one of avx512, avx2, baseline, but is '${wanted}'.`,
  );
}

/** Loads the addon once per thread. @throws PlanesearchError BACKEND_UNAVAILABLE; INVALID_OPTION for an unknown PLANESEARCH_SIMD */
export function loadNative(): NativeModule {
  if (loaded) return loaded;
  checkSimd();
  const root = ownFolder();
  if (root === null) throw unavailable(BUNDLED);
  const found = findAddon(root);
  if ('missing' in found) throw unavailable(found.missing);
  try {
    return (loaded = withBlasSettings(() => require(found.file) as NativeModule));
  } catch (cause) {
    throw unavailable(hint(cause), cause);
  }
}

function unavailable(reason: string, cause?: unknown): PlanesearchError {
  return new PlanesearchError('BACKEND_UNAVAILABLE', `The native backend cannot be loaded: ${reason}.`, { cause });
}

/**
 * A shared OpenBLAS starts a thread per processor when it is loaded, each of which maps 128 MiB, and waits for ever where they are not
 * to be had. None of them ever works for us. Its kernels are those that it is asked for, by the user or by what the processor can do.
 * Child processes must not inherit what is meant for this moment.
 */
function withBlasSettings<T>(load: () => T): T {
  const { env } = process;
  const core = env['OPENBLAS_CORETYPE'] ?? coreOfMachine();
  const settings = { OPENBLAS_NUM_THREADS: '1', ...(core === null ? {} : { OPENBLAS_CORETYPE: core }) };
  const before = Object.keys(settings).map((name) => [name, env[name]] as const);
  Object.assign(env, settings);
  try {
    return load();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  }
}

export function nativeInfo(): NativeInfo {
  return loadNative().info();
}

/** The usual reasons, told apart by the text of the error. */
function hint(cause: unknown): string {
  const text = isError(cause) ? cause.message : String(cause);
  // The loader names the first symbol that it misses; what the prebuild needs as a whole is the floor.
  if (/version [`']GLIBC_[\d.]+' not found/.test(text)) {
    return `this system's C library is too old, glibc ${GLIBC_FLOOR} is needed; build from source with 'npx cmake-js build'`;
  }
  const cxx = /version [`'](GLIBCXX_[\d.]+)' not found/.exec(text);
  if (cxx) return `this system's C++ library is too old, ${cxx[1]} is needed; build from source with 'npx cmake-js build'`;
  // As glibc says it, and as musl.
  const library = /(lib\w+\.so[.\d]*): cannot open shared|loading shared library (lib\w+\.so[.\d]*)/.exec(text);
  if (library)
    return `the library ${library[1] ?? library[2]} is missing; install what has it, or build from source with 'npx cmake-js build'`;
  return `its binary was refused (${text.split('\n')[0]})`;
}
