#include "addon/data_matrix_wrap.h"

#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/call.h"
#include "data/dense_matrix.h"
#include "objective/errors.h"

namespace planesearch {

namespace {

Napi::Error not_finite(Napi::Env env, std::size_t index, std::size_t columns, double value) {
  const std::string received = value != value ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  Napi::Error error =
      Napi::Error::New(env, "X at row " + std::to_string(index / columns) + ", column " + std::to_string(index % columns) +
                                " (from 0) must be a finite number, but " + received + " was given.");
  error.Set("code", Napi::String::New(env, "INVALID_DATA"));
  error.Set("expected", Napi::String::New(env, "a finite number"));
  error.Set("received", Napi::String::New(env, received));
  return error;
}

constexpr napi_type_tag kTag{0x6e1f0c5a9b7d4e21, 0xa37c5d10e8f24b96};

}  // namespace

Napi::Function DataMatrixWrap::define(Napi::Env env) {
  return DefineClass(env, "DataMatrix",
                     {
                         guarded_method<&DataMatrixWrap::measure>("measure"),
                         guarded_method<&DataMatrixWrap::apply>("apply"),
                         guarded_method<&DataMatrixWrap::column_block>("columnBlock"),
                         guarded_method<&DataMatrixWrap::multiply>("multiply"),
                         guarded_method<&DataMatrixWrap::multiply_transposed>("multiplyTransposed"),
                         guarded_method<&DataMatrixWrap::gram>("gram"),
                         guarded_getter<&DataMatrixWrap::multiplied>("multiplied"),
                         guarded_getter<&DataMatrixWrap::multiplied_transposed>("multipliedTransposed"),
                         guarded_getter<&DataMatrixWrap::grams>("grams"),
                         guarded_method<&DataMatrixWrap::dispose>("dispose"),
                     });
}

DataMatrixWrap::DataMatrixWrap(const Napi::CallbackInfo& info) try : Napi
  ::ObjectWrap<DataMatrixWrap>(info) {
    const Napi::Env env = info.Env();
    const std::size_t rows = read_size(info[1], "rows"), columns = read_size(info[2], "columns");
    if (rows == 0 || columns == 0 || columns > std::numeric_limits<int>::max() || rows > SIZE_MAX / 16 / columns) {
      throw argument_error(env, "X must have at least one row and one column.");
    }
    threads_ = static_cast<unsigned>(std::min<std::size_t>(std::max<std::size_t>(1, read_size(info[3], "threads")), 256));
    if (is_array_of<float>(info[0])) copy<float>(info, rows, columns);
    else copy<double>(info, rows, columns);
    info.This().As<Napi::Object>().TypeTag(&kTag);
    Napi::MemoryManagement::AdjustExternalMemory(env, reported_);
  }
catch (...) {
  throw to_error(info.Env(), std::current_exception());
}

std::shared_ptr<DataMatrixWrap::Handle> DataMatrixWrap::handle_of(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>())->handle_;
}

template <class T>
void DataMatrixWrap::copy(const Napi::CallbackInfo& info, std::size_t rows, std::size_t columns) {
  const Napi::Env env = info.Env();
  const auto values = read_array<T>(info[0], rows * columns, "X");
  const Run run{&Environment::of(env).pool, threads_, nullptr};
  auto matrix = std::make_shared<DenseMatrix<T>>(values.Data(), rows, columns, run);
  const std::size_t bad = matrix->first_bad();
  if (bad != DenseMatrix<T>::kNone) throw not_finite(env, bad, columns, static_cast<double>(values[bad]));
  counts_ = matrix->counts();
  reported_ = static_cast<std::int64_t>(matrix->bytes());
  handle_ = std::make_shared<Handle>(Handle{std::move(matrix), rows, columns});
}

void DataMatrixWrap::Finalize(Napi::Env env) {
  Napi::MemoryManagement::AdjustExternalMemory(env, -std::exchange(reported_, 0));
}

const std::shared_ptr<DataMatrix>& DataMatrixWrap::Handle::open(Napi::Env env) const {
  const auto refuse = [&](const char* code, const char* sentence) {
    return to_error(env, std::make_exception_ptr(CodedError(code, sentence)));
  };
  if (!matrix) throw refuse("DISPOSED", "This data matrix has been disposed.");
  if (busy) throw refuse("INVALID_ARGUMENT", "The data matrix is still busy: await apply() before the next call.");
  return matrix;
}

const std::shared_ptr<DataMatrix>& DataMatrixWrap::Handle::use(Napi::Env env) {
  const std::shared_ptr<DataMatrix>& opened = open(env);
  fixed = true;
  return opened;
}

namespace {

// A pass over the values.
Call pass(const DataMatrix& matrix, unsigned threads) {
  Call call;
  call.seconds = estimate(0, 2 * static_cast<double>(matrix.bytes()), 0, threads);
  call.threads = threads;
  call.release = [](Napi::Env, bool) {};
  return call;
}

Flag never() { return std::make_shared<std::atomic<bool>>(false); }

}  // namespace

Napi::Value DataMatrixWrap::measure(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->open(env);
  const double ulps = info[0].ToNumber();
  const auto frame = std::make_shared<Frame>(0);
  Call call = pass(*matrix, threads_);
  call.compute = [matrix, ulps, frame](const Run& run) { *frame = matrix->measure(ulps, run); };
  call.result = [frame](Napi::Env js) -> Napi::Value {
    Napi::Object result = Napi::Object::New(js);
    result.Set("origin", to_array(js, frame->origin));
    result.Set("distance", to_array(js, frame->distance));
    result.Set("scale", to_array(js, frame->scale));
    result.Set("constant", to_array(js, frame->constant));
    return result;
  };
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::apply(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->open(env);
  if (!info[0].IsObject()) throw argument_error(env, "apply takes a frame.");
  const auto given = info[0].As<Napi::Object>();
  const std::size_t columns = matrix->columns();
  const auto frame = std::make_shared<Frame>(0);
  frame->origin = copy_array(given.Get("origin"), columns, "origin");
  frame->distance = copy_array(given.Get("distance"), columns, "distance");
  frame->scale = copy_array(given.Get("scale"), columns, "scale");
  frame->constant = copy_array<std::uint8_t>(given.Get("constant"), columns, "constant");
  if (handle_->fixed) throw argument_error(env, "A frame is applied once, before any product.");
  Call call = pass(*matrix, threads_);
  call.release = [handle = handle_](Napi::Env, bool) { handle->busy = false; };
  call.compute = [matrix, frame](const Run& run) { matrix->apply(std::move(*frame), run); };
  call.result = [](Napi::Env js) -> Napi::Value { return js.Undefined(); };
  const Flag flag = never();
  handle_->fixed = handle_->busy = true;  // from here on nothing fails before perform has taken the call
  return perform(env, flag, std::move(call));
}

Napi::Value DataMatrixWrap::column_block(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const std::size_t from = read_size(info[0], "from"), count = read_size(info[1], "count"), rows = matrix->rows();
  if (count == 0 || from >= matrix->columns() || count > matrix->columns() - from) {
    throw argument_error(env, "A block of columns must lie within the matrix.");
  }
  Napi::Float64Array output = new_array(env, checked_product(rows, count));
  double* out = output.Data();
  auto held = std::make_shared<Napi::Reference<Napi::Float64Array>>(Napi::Persistent(output));
  Call call = pass(*matrix, threads_);
  call.compute = [matrix, from, count, rows, out](const Run& run) {
    constexpr std::size_t kRows = 64;
    const std::size_t stride = (count + kLaneMultiple - 1) / kLaneMultiple * kLaneMultiple;
    run.each((rows + kRows - 1) / kRows, [&](std::size_t group, unsigned) {
      const AlignedBuffer room = allocate_aligned(kRows * stride);
      const std::size_t first = group * kRows, taken = std::min(kRows, rows - first);
      const Strip strip = matrix->strip(first, taken, from, count, room.get());
      for (std::size_t j = 0; j < count; j++) {
        for (std::size_t i = 0; i < taken; i++) out[j * rows + first + i] = strip.values[i * strip.row_stride + j];
      }
    });
  };
  call.result = [held](Napi::Env) -> Napi::Value { return held->Value(); };
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::product(Napi::Env env, const Napi::Value& factor, std::size_t width, bool transposed) {
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const std::size_t n = matrix->rows(), d = matrix->columns();
  if (width == 0 || width > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw argument_error(env, "The width of a product must be at least 1.");
  }
  auto input =
      std::make_shared<std::vector<double>>(copy_array(factor, checked_product(transposed ? n : d, width), "The factor"));
  // JavaScript cannot reach the result before it is handed out, so a job may write into it.
  Napi::Float64Array output = new_array(env, checked_product(transposed ? d : n, width));
  double* out = output.Data();
  auto held = std::make_shared<Napi::Reference<Napi::Float64Array>>(Napi::Persistent(output));
  Call call;
  call.seconds =
      estimate(matrix->product_flops(static_cast<double>(width)), static_cast<double>(matrix->bytes()), 0, threads_);
  call.threads = threads_;
  call.compute = [matrix, input, width, out, transposed](const Run& run) {
    const Layout layout = row_major(cut_rows(matrix->rows(), matrix->columns()), width);
    if (transposed) matrix->multiply_transposed(input->data(), layout, out, run);
    else matrix->multiply(input->data(), nullptr, layout, out, run);
  };
  call.result = [held](Napi::Env) -> Napi::Value { return held->Value(); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::multiply(const Napi::CallbackInfo& info) {
  return product(info.Env(), info[0], read_size(info[1], "width"), false);
}

Napi::Value DataMatrixWrap::multiply_transposed(const Napi::CallbackInfo& info) {
  return product(info.Env(), info[0], read_size(info[1], "width"), true);
}

Napi::Value DataMatrixWrap::gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const std::size_t stride = read_size(info[1], "stride");
  if (stride == 0) throw argument_error(env, "stride must be at least 1.");
  const std::size_t taken = (matrix->rows() - 1) / stride + 1, size = matrix->columns() + 1;
  const auto scale = std::make_shared<std::vector<double>>(copy_array(info[0], taken, "scale"));
  Napi::Float64Array output = new_array(env, checked_product(size, size));
  double* out = output.Data();
  auto held = std::make_shared<Napi::Reference<Napi::Float64Array>>(Napi::Persistent(output));
  Call call;
  call.seconds =
      estimate(static_cast<double>(taken) * static_cast<double>(size) * static_cast<double>(size), 0, 0, threads_);
  call.threads = threads_;
  call.compute = [matrix, scale, stride, out](const Run& run) { matrix->gram(scale->data(), stride, out, run); };
  call.result = [held](Napi::Env) -> Napi::Value { return held->Value(); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, never(), std::move(call));
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
