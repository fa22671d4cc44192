// The module: two classes, the algebra on vectors and small matrices, and a word about what it runs on.
#include <napi.h>

#include <exception>
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

struct Rows {
  std::vector<double> weights;
  Napi::Float64Array a, b;
  std::size_t width;
};

// (weights, A, B): two row-major matrices of weights.length rows.
Rows read_rows(const Napi::CallbackInfo& info) {
  const std::size_t rows = info[0].IsTypedArray() ? info[0].As<Napi::TypedArray>().ElementLength() : 0;
  const auto [a, b] = read_pair(info[1], info[2]);
  if (rows == 0 || a.ElementLength() % rows != 0)
    throw argument_error(info.Env(), "The matrices must have a row for every weight.");
  return {copy_array(info[0], rows, "weights"), a, b, a.ElementLength() / rows};
}

// sum_j weights_j sum_a A_ja B_ja
Napi::Value dot_by_row(const Napi::CallbackInfo& info) {
  const Rows rows = read_rows(info);
  double sum = 0;
  for (std::size_t j = 0; j < rows.weights.size(); j++) {
    const std::size_t at = j * rows.width;
    sum += rows.weights[j] * kernels().dot(rows.a.Data() + at, rows.b.Data() + at, rows.width);
  }
  return Napi::Number::New(info.Env(), sum);
}

// B_ja += weights_j A_ja
void axpy_by_row(const Napi::CallbackInfo& info) {
  Rows rows = read_rows(info);
  for (std::size_t j = 0; j < rows.weights.size(); j++) {
    const std::size_t at = j * rows.width;
    kernels().axpby(rows.weights[j], rows.a.Data() + at, 1, rows.b.Data() + at, rows.width);
  }
}

// (alpha, x, beta, y): y = alpha x + beta y
void axpby(const Napi::CallbackInfo& info) {
  const double alpha = read_number(info[0], "alpha"), beta = read_number(info[2], "beta");
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

// The one entry that guard.h does not make.
static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  try {
    return planesearch::initialize(env, exports);
  } catch (...) {
    throw planesearch::to_error(env, std::current_exception());
  }
}

NODE_API_MODULE(planesearch, Initialize)
