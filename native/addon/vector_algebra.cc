#include "addon/vector_algebra.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "addon/arguments.h"
#include "addon/call.h"
#include "math/simd.h"
#include "math/vectors.h"

namespace planesearch {
namespace {

struct Pair {
  Array<double> x, y;
};

Pair read_pair(const Napi::Value& x, const Napi::Value& y) {
  auto first = find_array<double>(x);
  const std::size_t length = first ? first->size() : 0;
  return {first ? std::move(*first) : read_array(x, length, "x"), read_array(y, length, "y")};
}

// A list of Float64Arrays and Float32Arrays of one length, that of the first of them (0 of none). All are got before the length of any is
// asked for: getting them may run JavaScript, which could take their memory away.
class List {
 public:
  explicit List(const Napi::Value& value) {
    if (!value.IsArray()) throw argument_error(value.Env(), "Vectors must be an array of Float64Arrays or Float32Arrays.");
    const auto list = value.As<Napi::Array>();
    for (std::uint32_t i = 0; i < list.Length(); i++) values_.push_back(list.Get(i));
  }

  bool empty() const { return values_.empty(); }

  std::size_t length() const {
    if (values_.empty()) return 0;
    if (const auto doubles = find_array<double>(values_[0])) return doubles->size();
    const auto floats = find_array<float>(values_[0]);
    return floats ? floats->size() : 0;
  }

  // Valid as long as the list.
  Pointers pointers(std::size_t length) {
    Pointers all;
    for (const Napi::Value& value : values_) {
      if (find_array<float>(value)) {
        floats_.push_back(read_array<float>(value, length, "a vector"));
        all.emplace_back(floats_.back().data());
      } else {
        doubles_.push_back(read_array(value, length, "a vector"));
        all.emplace_back(doubles_.back().data());
      }
    }
    return all;
  }

 private:
  std::vector<Napi::Value> values_;
  std::vector<Array<double>> doubles_;
  std::vector<Array<float>> floats_;
};

// One weight for every row, nothing for null.
std::optional<Array<double>> read_weights(const Napi::Value& weights) {
  if (weights.IsNull() || weights.IsUndefined()) return std::nullopt;
  auto given = find_array<double>(weights);
  if (!given || given->size() == 0) throw argument_error(weights.Env(), "The matrices must have a row for every weight.");
  return given;
}

// `count` numbers as rows with one weight each, as one column without weights.
Rows rows_of(const Napi::Env& env, const std::optional<Array<double>>& weights, std::size_t count) {
  if (!weights) return {count, 1, nullptr};
  const std::size_t rows = weights->size();
  if (count == 0 || count % rows != 0) throw argument_error(env, "The matrices must have a row for every weight.");
  return {rows, count / rows, weights->data()};
}

// (x, y, threads)
Napi::Value dot_product(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[2]);
  const auto [x, y] = read_pair(info[0], info[1]);
  return Napi::Number::New(info.Env(), dot(x.data(), y.data(), x.size(), run));
}

// (alpha, x, beta, y, threads): y = alpha x + beta y
void scale_and_add(const Napi::CallbackInfo& info) {
  const double alpha = read_number(info[0], "alpha"), beta = read_number(info[2], "beta");
  const Run run = run_with(info.Env(), info[4]);
  auto [x, y] = read_pair(info[1], info[3]);
  axpby(alpha, x.data(), beta, y.writable(), x.size(), run);
}

// (left, right, weights, threads): every dot product of one of `left` with one of `right`, rows weighted unless `weights` is null
Napi::Value dot_products(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[3]);
  List left(info[0]), right(info[1]);
  const std::size_t length = left.empty() ? right.length() : left.length();
  const auto weights = read_weights(info[2]);
  const Rows rows = rows_of(info.Env(), weights, length);
  return to_array(info.Env(), dots(left.pointers(length), right.pointers(length), rows, run));
}

template <class T>
void combine_into(Array<T> out, List& vectors, const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[4]);
  const std::size_t length = out.size();
  if (length > 0 && !out.attached()) throw argument_error(info.Env(), "out must be attached.");
  const auto base = info[0].IsNull() ? std::nullopt : std::optional(read_array(info[0], length, "base"));
  const Pointers terms = vectors.pointers(length);
  const Array<double> scales = read_array(info[1], terms.size(), "the scales");
  combine(data_of(base), scales.data(), terms, length, out.writable(), run);
}

// (base, scales, vectors, out, threads): out = base + sum_k scales_k vectors_k; base may be null, out of doubles or floats
void combine_vectors(const Napi::CallbackInfo& info) {
  List vectors(info[2]);
  if (auto doubles = find_array<double>(info[3])) return combine_into(std::move(*doubles), vectors, info);
  if (auto floats = find_array<float>(info[3])) return combine_into(std::move(*floats), vectors, info);
  throw argument_error(info.Env(), "out must be a Float64Array or a Float32Array.");
}

// (weights, X, Y, threads): Y_ja = weights_j X_ja, or += that with `Add`
template <bool Add>
void weigh(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[3]);
  auto [x, y] = read_pair(info[1], info[2]);
  const auto weights = read_weights(info[0]);
  if (!weights) throw argument_error(info.Env(), "Rows must have weights.");
  const Rows rows = rows_of(info.Env(), weights, x.size());
  double* out = y.writable();
  weigh_rows(rows, x.data(), Add ? out : nullptr, out, run);
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

template <class T>
void affine_into_of(const Array<T>& x, const Napi::CallbackInfo& info) {
  const std::size_t rows = read_size(info[1], "rows"), width = read_size(info[3], "width");
  const auto layer = find_array<T>(info[2]);
  auto out = find_array<double>(info[4]);
  const std::size_t size = checked_product(rows, width);
  const std::size_t depth = layer && width > 0 ? layer->size() / width : 0;
  if (rows == 0 || depth < 2 || layer->size() % width != 0 || x.size() < checked_product(rows, depth - 1)) {
    throw argument_error(info.Env(),
                         "X must have a number for every row of the layer but the last, of the type of the layer.");
  }
  // The kernel may write whole vectors.
  if (!out || out->size() < size + kLaneMultiple) throw argument_error(info.Env(), "out must have room to spare.");
  const std::size_t inputs = depth - 1;
  const T* bias = layer->data() + inputs * width;
  double* to = out->writable();
  for (std::size_t i = 0; i < rows; i++) std::copy_n(bias, width, to + i * width);
  multiply_rows(x.data(), rows, inputs, layer->data(), width, to);
}

// (X, rows, layer, width, out): the first rows x width numbers of out become X W + b where layer = [W; b]; nothing is allocated. X and
// layer are both of doubles or both of floats.
void affine_into(const Napi::CallbackInfo& info) {
  if (const auto x = find_array<double>(info[0])) return affine_into_of(*x, info);
  if (const auto x = find_array<float>(info[0])) return affine_into_of(*x, info);
  throw argument_error(info.Env(), "X must be a Float64Array or a Float32Array.");
}

}  // namespace

void define_vector_algebra(Napi::Env env, Napi::Object exports) {
  exports.Set("dot", guarded_function<dot_product>(env, "dot"));
  exports.Set("axpby", guarded_function<scale_and_add>(env, "axpby"));
  exports.Set("dots", guarded_function<dot_products>(env, "dots"));
  exports.Set("combine", guarded_function<combine_vectors>(env, "combine"));
  exports.Set("scaleRows", guarded_function<weigh<false>>(env, "scaleRows"));
  exports.Set("axpyByRow", guarded_function<weigh<true>>(env, "axpyByRow"));
  exports.Set("affineInto", guarded_function<affine_into>(env, "affineInto"));
}

}  // namespace planesearch
