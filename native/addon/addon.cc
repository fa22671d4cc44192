// The module: two classes, the algebra on vectors and small matrices, and a word about what it runs on.
#include <napi.h>

#include <thread>

#include "activations/activation.h"
#include "addon/arguments.h"
#include "addon/data_matrix_wrap.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "addon/matrix_algebra.h"
#include "addon/tracked_loss_wrap.h"
#include "losses/loss.h"
#include "math/blas.h"
#include "math/fault_injection.h"
#include "math/simd.h"

namespace planesearch {
namespace {

struct Pair {
  ArrayView<> x, y;
};

Pair read_pair(const Napi::Value& x, const Napi::Value& y) {
  const auto view = view_array<double>(x);
  const std::size_t length = view ? view->length : 0;
  return {view ? *view : read_array(x, length, "x"), read_array(y, length, "y")};
}

Napi::Value dot(const Napi::CallbackInfo& info) {
  const auto [x, y] = read_pair(info[0], info[1]);
  return Napi::Number::New(info.Env(), kernels().dot(x.data, y.data, x.length));
}

struct Rows {
  ArrayView<> weights, a, b;
  std::size_t width;
};

// (weights, A, B): two row-major matrices of weights.length rows.
Rows read_rows(const Napi::CallbackInfo& info) {
  const auto weights = view_array<double>(info[0]);
  const auto [a, b] = read_pair(info[1], info[2]);
  if (!weights || weights->length == 0 || a.length % weights->length != 0)
    throw argument_error(info.Env(), "The matrices must have a row for every weight.");
  return {*weights, a, b, a.length / weights->length};
}

// sum_j weights_j sum_a A_ja B_ja
Napi::Value dot_by_row(const Napi::CallbackInfo& info) {
  const Rows rows = read_rows(info);
  double sum = 0;
  for (std::size_t j = 0; j < rows.weights.length; j++) {
    const std::size_t at = j * rows.width;
    sum += rows.weights.data[j] * kernels().dot(rows.a.data + at, rows.b.data + at, rows.width);
  }
  return Napi::Number::New(info.Env(), sum);
}

// B_ja += weights_j A_ja
void axpy_by_row(const Napi::CallbackInfo& info) {
  const Rows rows = read_rows(info);
  for (std::size_t j = 0; j < rows.weights.length; j++) {
    const std::size_t at = j * rows.width;
    kernels().axpby(rows.weights.data[j], rows.a.data + at, 1, rows.b.data + at, rows.width);
  }
}

// (alpha, x, beta, y): y = alpha x + beta y
void axpby(const Napi::CallbackInfo& info) {
  const double alpha = info[0].ToNumber(), beta = info[2].ToNumber();
  const auto [x, y] = read_pair(info[1], info[3]);
  kernels().axpby(alpha, x.data, beta, y.data, x.length);
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
  exports.Set("dot", guarded_function<dot>(env, "dot"));
  exports.Set("axpby", guarded_function<axpby>(env, "axpby"));
  exports.Set("dotByRow", guarded_function<dot_by_row>(env, "dotByRow"));
  exports.Set("axpyByRow", guarded_function<axpy_by_row>(env, "axpyByRow"));
  exports.Set("losses", names(env, loss_kernels().size(), [](std::size_t i) { return loss_kernels()[i]->name; }));
  exports.Set("activations", names(env, kActivations, [](std::size_t i) { return kActivationNames[i]; }));
  define_matrix_algebra(env, exports);
  exports.Set("info", guarded_function<info>(env, "info"));
  if (kFaultInjection) exports.Set("injectFault", guarded_function<inject>(env, "injectFault"));
  return exports;
}

}  // namespace
}  // namespace planesearch

static Napi::Object Initialize(Napi::Env env, Napi::Object exports) { return planesearch::initialize(env, exports); }

NODE_API_MODULE(planesearch, Initialize)
