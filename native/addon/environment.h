// What belongs to one JavaScript environment.
#pragma once

#include <napi.h>

#include <array>

#include "parallel/pool.h"

#ifndef __wasm__
#include "addon/job.h"
#endif

namespace planesearch {

struct Environment {
  Pool pool;
#ifndef __wasm__
  Dispatcher dispatcher;
#endif

  // The constructors of typed arrays as they were when the addon was loaded: what results are made by.
  void remember_arrays(Napi::Env env);
  napi_value array_class(napi_typedarray_type type) const { return arrays_[type].Value(); }

  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

 private:
  std::array<Napi::FunctionReference, napi_float64_array + 1> arrays_;
};

}  // namespace planesearch
