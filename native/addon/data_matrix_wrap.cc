#include "addon/data_matrix_wrap.h"

#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/call.h"
#include "objective/errors.h"

namespace planesearch {

namespace {

Napi::Error not_finite(Napi::Env env, std::size_t index, std::size_t columns, double value) {
  const std::string received = value != value ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  Napi::Error error = Napi::Error::New(env, "X at row " + std::to_string(index / columns) + ", column " +
                                                std::to_string(index % columns) + " (from 0) must be a finite number, but " +
                                                received + " was given.");
  error.Set("code", Napi::String::New(env, "INVALID_DATA"));
  error.Set("expected", Napi::String::New(env, "a finite number"));
  error.Set("received", Napi::String::New(env, received));
  return error;
}

}  // namespace

Napi::Function DataMatrixWrap::define(Napi::Env env) {
  return DefineClass(env, "DataMatrix",
                     {
                         guarded_method<&DataMatrixWrap::multiply>("multiply"),
                         guarded_method<&DataMatrixWrap::multiply_transposed>("multiplyTransposed"),
                         guarded_method<&DataMatrixWrap::gram>("gram"),
                         guarded_getter<&DataMatrixWrap::multiplied>("multiplied"),
                         guarded_getter<&DataMatrixWrap::multiplied_transposed>("multipliedTransposed"),
                         guarded_getter<&DataMatrixWrap::grams>("grams"),
                         guarded_method<&DataMatrixWrap::dispose>("dispose"),
                     });
}

DataMatrixWrap::DataMatrixWrap(const Napi::CallbackInfo& info) try : Napi::ObjectWrap<DataMatrixWrap>(info) {
  const Napi::Env env = info.Env();
  const std::size_t rows = read_size(info[1], "rows"), columns = read_size(info[2], "columns");
  if (rows == 0 || columns == 0 || columns > std::numeric_limits<int>::max() || rows > SIZE_MAX / 16 / columns) {
    throw argument_error(env, "X must have at least one row and one column.");
  }
  threads_ = static_cast<unsigned>(std::min<std::size_t>(std::max<std::size_t>(1, read_size(info[3], "threads")), 256));
  const Napi::Float64Array values = read_array(info[0], rows * columns, "X");
  std::shared_ptr<DenseMatrix> matrix;
  try {
    const Run run{&Environment::of(env).pool, threads_, nullptr};
    matrix = std::make_shared<DenseMatrix>(values.Data(), rows, columns, run);
  } catch (...) {
    throw to_error(env, std::current_exception());
  }
  if (matrix->first_bad() != DenseMatrix::kNone) throw not_finite(env, matrix->first_bad(), columns, values[matrix->first_bad()]);
  counts_ = matrix->counts();
  reported_ = static_cast<std::int64_t>(matrix->bytes());
  handle_ = std::make_shared<Handle>(Handle{std::move(matrix), rows, columns});
  Napi::MemoryManagement::AdjustExternalMemory(env, reported_);
} catch (...) {
  throw to_error(info.Env(), std::current_exception());
}

void DataMatrixWrap::Finalize(Napi::Env env) {
  Napi::MemoryManagement::AdjustExternalMemory(env, -std::exchange(reported_, 0));
}

const std::shared_ptr<const DenseMatrix>& DataMatrixWrap::Handle::open(Napi::Env env) const {
  if (matrix) return matrix;
  throw to_error(env, std::make_exception_ptr(CodedError("DISPOSED", "This data matrix has been disposed.")));
}

Napi::Value DataMatrixWrap::product(Napi::Env env, const Napi::Value& factor, std::size_t width, bool transposed) {
  const std::shared_ptr<const DenseMatrix> matrix = handle_->open(env);
  const std::size_t n = matrix->rows(), d = matrix->columns();
  if (width == 0 || width > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw argument_error(env, "The width of a product must be at least 1.");
  }
  auto input = std::make_shared<std::vector<double>>(copy_array(factor, checked_product(transposed ? n : d, width), "The factor"));
  // JavaScript cannot reach the result before it is handed out, so a job may write into it.
  Napi::Float64Array output = new_array(env, checked_product(transposed ? d : n, width));
  double* out = output.Data();
  auto held = std::make_shared<Napi::Reference<Napi::Float64Array>>(Napi::Persistent(output));
  const double flops = 2.0 * static_cast<double>(n) * static_cast<double>(d) * static_cast<double>(width);
  Call call;
  call.seconds = estimate(flops, static_cast<double>(matrix->bytes()), 0, threads_);
  call.threads = threads_;
  call.compute = [matrix, input, width, out, transposed](const Run& run) {
    if (transposed) matrix->multiply_transposed(input->data(), width, out, run);
    else matrix->multiply(input->data(), width, out, run);
  };
  call.result = [held](Napi::Env) -> Napi::Value { return held->Value(); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, std::make_shared<std::atomic<bool>>(false), std::move(call));
}

Napi::Value DataMatrixWrap::multiply(const Napi::CallbackInfo& info) {
  return product(info.Env(), info[0], read_size(info[1], "width"), false);
}

Napi::Value DataMatrixWrap::multiply_transposed(const Napi::CallbackInfo& info) {
  return product(info.Env(), info[0], read_size(info[1], "width"), true);
}

Napi::Value DataMatrixWrap::gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<const DenseMatrix> matrix = handle_->open(env);
  const std::size_t step = read_size(info[1], "step");
  if (step == 0) throw argument_error(env, "step must be at least 1.");
  const std::size_t taken = (matrix->rows() - 1) / step + 1, size = matrix->columns() + 1;
  const auto scale = std::make_shared<std::vector<double>>(copy_array(info[0], taken, "scale"));
  Napi::Float64Array output = new_array(env, checked_product(size, size));
  double* out = output.Data();
  auto held = std::make_shared<Napi::Reference<Napi::Float64Array>>(Napi::Persistent(output));
  Call call;
  call.seconds = estimate(static_cast<double>(taken) * static_cast<double>(size) * static_cast<double>(size), 0, 0, threads_);
  call.threads = threads_;
  call.compute = [matrix, scale, step, out](const Run& run) { matrix->gram(scale->data(), step, out, run); };
  call.result = [held](Napi::Env) -> Napi::Value { return held->Value(); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, std::make_shared<std::atomic<bool>>(false), std::move(call));
}

Napi::Value DataMatrixWrap::grams(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(counts_->grams.load()));
}

Napi::Value DataMatrixWrap::multiplied(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(counts_->multiplied.load()));
}

Napi::Value DataMatrixWrap::multiplied_transposed(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(counts_->multiplied_transposed.load()));
}

void DataMatrixWrap::dispose(const Napi::CallbackInfo& info) {
  handle_->matrix = nullptr;
  Finalize(info.Env());
}

}  // namespace planesearch
