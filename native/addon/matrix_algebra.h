// cholesky(A, n, threads) and choleskySolve(L, n, B, count, right, threads) on small row-major matrices.
//
// Up to about 20 ms of work is done in place, on the spot: a promise and two copies would gain nothing. Larger matrices are
// copied and a promise of the changed copy returned, since JavaScript could detach the array in the middle.
#pragma once

#include <napi.h>

namespace planesearch {

void define_matrix_algebra(Napi::Env env, Napi::Object exports);

}  // namespace planesearch
