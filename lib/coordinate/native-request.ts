/** A coordinate sweep as the addon takes it. */
import type { NativeSweepRequest } from '../backends/native-module.js';
import type { Program } from '../networks/program.js';
import { kindsOf, outputEffects, type LayerKind } from './kinds.js';
import { SEARCH_CONSTANTS, type CoordinateRequest, type CoordinateSearch } from './request.js';

/** The numbers of native/coordinate/request.h. */
const searchNumbers: Readonly<Record<CoordinateSearch, number>> = { doubling: 0, newton: 1, exact: 2 };
const kindNumbers: Readonly<Record<LayerKind, number>> = { bent: 0, straight: 1, guessed: 2 };

export function nativeSweepRequest(program: Program, request: CoordinateRequest): NativeSweepRequest {
  const kinds = kindsOf(program);
  return {
    ...request,
    search: searchNumbers[request.search],
    kinds: Int32Array.from(kinds, (kind) => kindNumbers[kind]),
    effects: kinds.map((kind, l) =>
      kind === 'guessed' ? new Float64Array(0) : outputEffects(program, request.parameters, l),
    ),
    constants: Float64Array.from(Object.values(SEARCH_CONSTANTS)),
  };
}
