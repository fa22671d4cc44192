// The module: two classes, the algebra on vectors and small matrices, and a word about what it runs on.
#include <napi.h>

#include <exception>
#include <thread>

#include "activations/activation.h"
#include "addon/arguments.h"
#include "addon/data_matrix_wrap.h"
#include "addon/environment.h"
#include "addon/guard.h"
#include "addon/matrix_algebra.h"
#include "addon/tracked_loss_wrap.h"
#include "addon/vector_algebra.h"
#include "losses/loss.h"
#include "math/blas.h"
#include "math/fault_injection.h"
#include "math/simd.h"

namespace planesearch {
namespace {

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  const BlasInfo blas = blas_info();
  Napi::Object result = Napi::Object::New(env);
  result.Set("blas", blas.version);
  result.Set("core", blas.core);
  result.Set("simd", kernels().target);
#ifdef __wasm__
  result.Set("hardwareThreads", 1.0);
#else
  result.Set("hardwareThreads", static_cast<double>(std::thread::hardware_concurrency()));
#endif
  return result;
}

template <class NameOf>
Napi::Array names(Napi::Env env, std::size_t count, NameOf name_of) {
  Napi::Array list = Napi::Array::New(env, count);
  for (std::uint32_t i = 0; i < count; i++) list[i] = Napi::String::New(env, name_of(i));
  return list;
}

// For tests, in a build with -DFAULT_INJECTION=ON: (kind, after, lasting) -> events since the last call
Napi::Value inject(const Napi::CallbackInfo& call) {
  const Fault kind = read_size(call[0], "kind") == 0 ? Fault::kAllocation : Fault::kThread;
  const long events = fault_events(kind);
  inject_fault(kind, static_cast<long>(read_size(call[1], "after")), call[2].ToBoolean());
  return Napi::Number::New(call.Env(), static_cast<double>(events));
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  blas_use_one_thread();
  auto environment = std::make_unique<Environment>();
  environment->remember_arrays(env);
  env.SetInstanceData(environment.release());
  exports.Set("DataMatrix", DataMatrixWrap::define(env));
  exports.Set("TrackedLoss", TrackedLossWrap::define(env));
  exports.Set("losses", names(env, loss_kernels().size(), [](std::size_t i) { return loss_kernels()[i]->name; }));
  exports.Set("activations", names(env, kActivations, [](std::size_t i) { return kActivationNames[i]; }));
  define_vector_algebra(env, exports);
  define_matrix_algebra(env, exports);
  exports.Set("chunks", guarded_function<DataMatrixWrap::chunks>(env, "chunks"));
  exports.Set("info", guarded_function<info>(env, "info"));
  if (kFaultInjection) exports.Set("injectFault", guarded_function<inject>(env, "injectFault"));
  return exports;
}

}  // namespace
}  // namespace planesearch

// The one entry that guard.h does not make.
static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  try {
    return planesearch::initialize(env, exports);
  } catch (...) {
    throw planesearch::to_error(env, std::current_exception());
  }
}

NODE_API_MODULE(planesearch, Initialize)
