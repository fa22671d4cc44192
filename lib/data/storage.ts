/** How X is kept, for the formats that leave the choice. */

export type Storage = 'auto' | 'dense' | 'sparse';
export const storages = ['auto', 'dense', 'sparse'] as const satisfies readonly Storage[];

/** Share of X that may be stored for sparse products to be faster than dense ones (`native/bench/sparse_bench.cc`). */
export const SPARSE_SHARE = 0.15;

/** Of a sparse entry: an index and a value. */
export const ENTRY_BYTES = 12;
