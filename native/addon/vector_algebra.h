// Algebra on parameter-sized vectors, in place and inline; lib/backends/backend.ts, VectorAlgebra.
#pragma once

#include <napi.h>

namespace planesearch {

void define_vector_algebra(Napi::Env env, Napi::Object exports);

}  // namespace planesearch
