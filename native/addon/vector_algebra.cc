#include "addon/vector_algebra.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "addon/arguments.h"
#include "addon/call.h"
#include "math/simd.h"
#include "math/vectors.h"

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

// A list of Float64Arrays. Nothing of JavaScript runs while memory is asked for, which could take it away.
class List {
 public:
  explicit List(const Napi::Value& value) {
    if (!value.IsArray()) throw argument_error(value.Env(), "Vectors must be an array of Float64Arrays.");
    const auto list = value.As<Napi::Array>();
    for (std::uint32_t i = 0; i < list.Length(); i++) values_.push_back(list.Get(i));
  }

  bool empty() const { return values_.empty(); }

  // The length of the first vector, 0 of none.
  std::size_t length() const {
    const auto first = values_.empty() ? std::nullopt : find_array<double>(values_[0]);
    return first ? first->ElementLength() : 0;
  }

  Pointers pointers(std::size_t length) const {
    Pointers all;
    for (const Napi::Value& value : values_) all.push_back(read_array(value, length, "a vector").Data());
    return all;
  }

 private:
  std::vector<Napi::Value> values_;
};

// `count` numbers as rows with one weight each, as one column without weights.
Rows read_rows(const Napi::Value& weights, std::size_t count) {
  if (weights.IsNull() || weights.IsUndefined()) return {count, 1, nullptr};
  const auto given = find_array<double>(weights);
  const std::size_t rows = given ? given->ElementLength() : 0;
  if (rows == 0 || count == 0 || count % rows != 0) {
    throw argument_error(weights.Env(), "The matrices must have a row for every weight.");
  }
  return {rows, count / rows, given->Data()};
}

// (x, y, threads)
Napi::Value dot_product(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[2]);
  const auto [x, y] = read_pair(info[0], info[1]);
  return Napi::Number::New(info.Env(), dot(x.Data(), y.Data(), x.ElementLength(), run));
}

// (alpha, x, beta, y, threads): y = alpha x + beta y
void scale_and_add(const Napi::CallbackInfo& info) {
  const double alpha = read_number(info[0], "alpha"), beta = read_number(info[2], "beta");
  const Run run = run_with(info.Env(), info[4]);
  auto [x, y] = read_pair(info[1], info[3]);
  axpby(alpha, x.Data(), beta, y.Data(), x.ElementLength(), run);
}

// (left, right, weights, threads): every dot product of one of `left` with one of `right`, rows weighted unless `weights` is null
Napi::Value dot_products(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[3]);
  const List left(info[0]), right(info[1]);
  const std::size_t length = left.empty() ? right.length() : left.length();
  const Rows rows = read_rows(info[2], length);
  return to_array(info.Env(), dots(left.pointers(length), right.pointers(length), rows, run));
}

// (base, scales, vectors, out, threads): out = base + sum_k scales_k vectors_k; base may be null
void combine_vectors(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[4]);
  const List vectors(info[2]);
  const auto out = find_array<double>(info[3]);
  const std::size_t length = out ? out->ElementLength() : 0;
  Napi::Float64Array target = out ? *out : read_array(info[3], length, "out");
  const double* base = info[0].IsNull() ? nullptr : read_array(info[0], length, "base").Data();
  const Pointers terms = vectors.pointers(length);
  const Napi::Float64Array scales = read_array(info[1], terms.size(), "the scales");
  combine(base, scales.Data(), terms, length, target.Data(), run);
}

// (weights, X, out, threads): out_ja = weights_j X_ja
void scale_rows(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[3]);
  auto [x, out] = read_pair(info[1], info[2]);
  const Rows rows = read_rows(info[0], x.ElementLength());
  if (rows.weights == nullptr) throw argument_error(info.Env(), "Rows must have weights.");
  weigh_rows(rows, x.Data(), nullptr, out.Data(), run);
}

// (weights, X, Y, threads): Y_ja += weights_j X_ja
void axpy_by_row(const Napi::CallbackInfo& info) {
  const Run run = run_with(info.Env(), info[3]);
  auto [x, y] = read_pair(info[1], info[2]);
  const Rows rows = read_rows(info[0], x.ElementLength());
  if (rows.weights == nullptr) throw argument_error(info.Env(), "Rows must have weights.");
  weigh_rows(rows, x.Data(), y.Data(), y.Data(), run);
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

}  // namespace

void define_vector_algebra(Napi::Env env, Napi::Object exports) {
  exports.Set("dot", guarded_function<dot_product>(env, "dot"));
  exports.Set("axpby", guarded_function<scale_and_add>(env, "axpby"));
  exports.Set("dots", guarded_function<dot_products>(env, "dots"));
  exports.Set("combine", guarded_function<combine_vectors>(env, "combine"));
  exports.Set("scaleRows", guarded_function<scale_rows>(env, "scaleRows"));
  exports.Set("axpyByRow", guarded_function<axpy_by_row>(env, "axpyByRow"));
  exports.Set("affine", guarded_function<affine>(env, "affine"));
  exports.Set("affineInto", guarded_function<affine_into>(env, "affineInto"));
}

}  // namespace planesearch
