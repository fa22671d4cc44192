// The module: two classes, the algebra on vectors and small matrices, and a word about what it runs on.
#include <napi.h>

#include <thread>

#include "addon/arguments.h"
#include "addon/data_matrix_wrap.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "addon/matrix_algebra.h"
#include "addon/tracked_loss_wrap.h"
#include "math/blas.h"
#include "math/fault_injection.h"
#include "math/simd.h"

namespace planesearch {
namespace {

struct Pair {
  Napi::Float64Array x, y;
};

Pair read_pair(const Napi::Value& x, const Napi::Value& y) {
  const std::size_t length = x.IsTypedArray() ? x.As<Napi::TypedArray>().ElementLength() : 0;
  return {read_array(x, length, "x"), read_array(y, length, "y")};
}

Napi::Value dot(const Napi::CallbackInfo& info) {
  const auto [x, y] = read_pair(info[0], info[1]);
  return Napi::Number::New(info.Env(), kernels().dot(x.Data(), y.Data(), x.ElementLength()));
}

// (alpha, x, beta, y): y = alpha x + beta y
void axpby(const Napi::CallbackInfo& info) {
  const double alpha = info[0].ToNumber(), beta = info[2].ToNumber();
  auto [x, y] = read_pair(info[1], info[3]);
  kernels().axpby(alpha, x.Data(), beta, y.Data(), x.ElementLength());
}

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  const BlasInfo blas = blas_info();
  Napi::Object result = Napi::Object::New(env);
  result.Set("blas", blas.version);
  result.Set("core", blas.core);
  result.Set("simd", kernels().target);
  result.Set("hardwareThreads", static_cast<double>(std::thread::hardware_concurrency()));
  return result;
}

// For tests, in a build with -DFAULT_INJECTION=ON: (kind, after, lasting) -> events since the last call
Napi::Value inject(const Napi::CallbackInfo& info) {
  const Fault kind = read_size(info[0], "kind") == 0 ? Fault::kAllocation : Fault::kThread;
  const long events = fault_events(kind);
  inject_fault(kind, static_cast<long>(read_size(info[1], "after")), info[2].ToBoolean());
  return Napi::Number::New(info.Env(), static_cast<double>(events));
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  blas_use_one_thread();
  auto environment = std::make_unique<Environment>();
  const Napi::Function matrix = DataMatrixWrap::define(env);
  environment->matrix_class = Napi::Persistent(matrix);
  environment->array_class = Napi::Persistent(env.Global().Get("Float64Array").As<Napi::Function>());
  env.SetInstanceData(environment.release());
  exports.Set("DataMatrix", matrix);
  exports.Set("TrackedLoss", TrackedLossWrap::define(env));
  exports.Set("dot", guarded_function<dot>(env, "dot"));
  exports.Set("axpby", guarded_function<axpby>(env, "axpby"));
  define_matrix_algebra(env, exports);
  exports.Set("info", guarded_function<info>(env, "info"));
  if (kFaultInjection) exports.Set("injectFault", guarded_function<inject>(env, "injectFault"));
  return exports;
}

}  // namespace
}  // namespace planesearch

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) { return planesearch::initialize(env, exports); }

NODE_API_MODULE(planesearch, Initialize)
