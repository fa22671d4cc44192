#include "addon/environment.h"

namespace planesearch {

void Environment::remember_arrays(Napi::Env env) {
  const auto remember = [&](napi_typedarray_type type, const char* name) {
    arrays_[type] = Napi::Persistent(env.Global().Get(name).As<Napi::Function>());
  };
  remember(napi_float64_array, "Float64Array");
  remember(napi_float32_array, "Float32Array");
  remember(napi_int32_array, "Int32Array");
  remember(napi_uint8_array, "Uint8Array");
}

}  // namespace planesearch
