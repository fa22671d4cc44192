// The module: two classes, the algebra on vectors and small matrices, and a word about what it runs on.
#include <napi.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

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
  const auto first = find_array<double>(x);
  const std::size_t length = first ? first->ElementLength() : 0;
  return {first ? *first : read_array(x, length, "x"), read_array(y, length, "y")};
}

// Long vectors are worked on in parts, which several threads may share; the parts depend on the length alone.
constexpr std::size_t kPart = 1 << 16;

std::size_t parts_of(std::size_t length) { return std::max<std::size_t>(1, (length + kPart - 1) / kPart); }

template <class Task>
void each_part(Napi::Env env, std::size_t length, std::size_t threads, const Task& task) {
  const std::size_t parts = parts_of(length);
  const auto part = [&](std::size_t p) { task(p, p * kPart, std::min(kPart, length - p * kPart)); };
  if (parts == 1 || threads <= 1) {
    for (std::size_t p = 0; p < parts; p++) part(p);
  } else {
    const auto most = static_cast<unsigned>(std::min<std::size_t>(threads, 256));
    Environment::of(env).pool.run(parts, most, [&](std::size_t p, unsigned) { part(p); });
  }
}

// (x, y, threads)
Napi::Value dot(const Napi::CallbackInfo& info) {
  const auto [x, y] = read_pair(info[0], info[1]);
  const std::size_t threads = read_size(info[2], "threads");
  const double *a = x.Data(), *b = y.Data();
  std::vector<double> sums(parts_of(x.ElementLength()));
  each_part(info.Env(), x.ElementLength(), threads,
            [&](std::size_t p, std::size_t from, std::size_t count) { sums[p] = kernels().dot(a + from, b + from, count); });
  return Napi::Number::New(info.Env(), std::accumulate(sums.begin() + 1, sums.end(), sums[0]));
}

struct Rows {
  Napi::Float64Array weights, a, b;
  std::size_t width;
};

// (weights, A, B): two row-major matrices of weights.length rows.
Rows read_rows(const Napi::CallbackInfo& info) {
  const auto weights = find_array<double>(info[0]);
  const auto [a, b] = read_pair(info[1], info[2]);
  if (!weights || weights->ElementLength() == 0 || a.ElementLength() % weights->ElementLength() != 0)
    throw argument_error(info.Env(), "The matrices must have a row for every weight.");
  return {*weights, a, b, a.ElementLength() / weights->ElementLength()};
}

// sum_j weights_j sum_a A_ja B_ja
Napi::Value dot_by_row(const Napi::CallbackInfo& info) {
  const Rows rows = read_rows(info);
  double sum = 0;
  const std::size_t count = rows.weights.ElementLength();
  const double *weights = rows.weights.Data(), *a = rows.a.Data(), *b = rows.b.Data();
  if (rows.width == 1) {
    for (std::size_t j = 0; j < count; j++) sum += weights[j] * (a[j] * b[j]);
  } else {
    for (std::size_t j = 0; j < count; j++) {
      sum += weights[j] * kernels().dot(a + j * rows.width, b + j * rows.width, rows.width);
    }
  }
  return Napi::Number::New(info.Env(), sum);
}

// B_ja += weights_j A_ja
void axpy_by_row(const Napi::CallbackInfo& info) {
  Rows rows = read_rows(info);
  const std::size_t count = rows.weights.ElementLength();
  const double *weights = rows.weights.Data(), *a = rows.a.Data();
  double* b = rows.b.Data();
  if (rows.width == 1) {
    for (std::size_t j = 0; j < count; j++) b[j] += weights[j] * a[j];
  } else {
    for (std::size_t j = 0; j < count; j++)
      kernels().axpby(weights[j], a + j * rows.width, 1, b + j * rows.width, rows.width);
  }
}

// (alpha, x, beta, y, threads): y = alpha x + beta y
void axpby(const Napi::CallbackInfo& info) {
  const double alpha = read_number(info[0], "alpha"), beta = read_number(info[2], "beta");
  auto [x, y] = read_pair(info[1], info[3]);
  const std::size_t threads = read_size(info[4], "threads");
  const double* from_x = x.Data();
  double* from_y = y.Data();
  each_part(info.Env(), x.ElementLength(), threads, [&](std::size_t, std::size_t from, std::size_t count) {
    kernels().axpby(alpha, from_x + from, beta, from_y + from, count);
  });
}

// C += X W, X rows x inputs. Pixels and counts are mostly zeros: stretches of inputs without anything else are passed over, in steps
// that are long enough to lose nothing where zeros and numbers take turns.
template <class T>
void multiply_rows(const T* x, std::size_t rows, std::size_t inputs, const T* w, std::size_t width, double* c) {
  constexpr std::size_t kStep = 8, kLongest = 32;  // the kernel asks for the rows of W that it expects in its next call
  const auto empty = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = 0; i < rows; i++) {
      for (std::size_t j = from; j < to; j++)
        if (x[i * inputs + j] != 0) return false;
    }
    return true;
  };
  std::size_t begin = 0;  // of the stretch to be multiplied
  for (std::size_t at = 0; at < inputs; at += kStep) {
    const std::size_t next = std::min(inputs, at + kStep);
    const bool skipped = empty(at, next);
    const std::size_t end = skipped ? at : next;
    if ((skipped || next == inputs || end - begin >= kLongest) && end > begin) {
      kernels().matrix<T>().multiply_broadcast(x + begin, 1, inputs, rows, w + begin * width, width, end - begin, c, width,
                                               width);
    }
    if (skipped || end - begin >= kLongest) begin = next;
  }
}

// (X, layer, width): X W + b where layer = [W; b]
Napi::Value affine(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::size_t width = read_size(info[2], "width");
  const auto x = find_array<double>(info[0]), layer = find_array<double>(info[1]);
  const std::size_t depth = layer && width > 0 ? layer->ElementLength() / width : 0;
  if (!x || depth < 2 || layer->ElementLength() % width != 0 || x->ElementLength() % (depth - 1) != 0) {
    throw argument_error(env, "X must have a number for every row of the layer but the last.");
  }
  const std::size_t inputs = depth - 1, rows = x->ElementLength() / inputs, size = checked_product(rows, width);
  // The kernel may write whole vectors; what it reads behind W is b.
  std::vector<double> out(size + kLaneMultiple);
  for (std::size_t i = 0; i < rows; i++) std::copy_n(layer->Data() + inputs * width, width, out.data() + i * width);
  multiply_rows(x->Data(), rows, inputs, layer->Data(), width, out.data());
  Napi::Float64Array result = new_array(env, size);
  std::copy_n(out.data(), size, result.Data());
  return result;
}

template <class T>
void affine_into_of(Napi::TypedArrayOf<T> x, const Napi::CallbackInfo& info) {
  const std::size_t rows = read_size(info[1], "rows"), width = read_size(info[3], "width");
  const auto layer = find_array<T>(info[2]);
  auto out = find_array<double>(info[4]);
  const std::size_t size = checked_product(rows, width);
  const std::size_t depth = layer && width > 0 ? layer->ElementLength() / width : 0;
  if (rows == 0 || depth < 2 || layer->ElementLength() % width != 0 ||
      x.ElementLength() < checked_product(rows, depth - 1)) {
    throw argument_error(info.Env(),
                         "X must have a number for every row of the layer but the last, of the type of the layer.");
  }
  // The kernel may write whole vectors.
  if (!out || out->ElementLength() < size + kLaneMultiple) throw argument_error(info.Env(), "out must have room to spare.");
  const std::size_t inputs = depth - 1;
  const T* bias = layer->Data() + inputs * width;
  for (std::size_t i = 0; i < rows; i++) std::copy_n(bias, width, out->Data() + i * width);
  multiply_rows(x.Data(), rows, inputs, layer->Data(), width, out->Data());
}

// (X, rows, layer, width, out): the first rows x width numbers of out become X W + b; nothing is allocated. X and layer are both of
// doubles or both of floats.
void affine_into(const Napi::CallbackInfo& info) {
  if (const auto x = find_array<double>(info[0])) return affine_into_of(*x, info);
  if (const auto x = find_array<float>(info[0])) return affine_into_of(*x, info);
  throw argument_error(info.Env(), "X must be a Float64Array or a Float32Array.");
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
  exports.Set("affine", guarded_function<affine>(env, "affine"));
  exports.Set("affineInto", guarded_function<affine_into>(env, "affineInto"));
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
