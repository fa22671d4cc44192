// Cholesky factors of symmetric matrices and systems with them, on several threads. What a thread is given is cut by the shapes alone: the
// same bits for any number of threads.
#pragma once

#include <cstddef>

#include "parallel/run.h"

namespace planesearch {

// Overwrites the lower triangle of the row-major n x n matrix A with L, A = L L'; false when A is not positive definite.
bool cholesky(double* a, std::size_t n, const Run& run);

// B <- (L L')^-1 B for an n x count matrix B, or B <- B (L L')^-1 for a count x n matrix when `right`.
void cholesky_solve(const double* l, std::size_t n, double* b, std::size_t count, bool right, const Run& run);

}  // namespace planesearch
