#include "addon/data_matrix_wrap.h"

#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/call.h"
#include "data/dense_matrix.h"
#include "data/sparse_matrix.h"
#include "objective/errors.h"

#ifndef __wasm__
#include "data/file_matrix.h"
#include "data/sparse_file_matrix.h"
#endif

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

#ifdef __wasm__
std::shared_ptr<DataMatrix> open_file(const Napi::Object& source, std::size_t, std::size_t, bool, unsigned) {
  throw argument_error(source.Env(), "X in a file needs a file system, which WebAssembly has not.");
}
#else
std::string read_text(const Napi::Value& value, const char* what) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  throw argument_error(value.Env(), std::string(what) + " must be a string.");
}

SparseFileSource::Integers read_integers(const Napi::Value& given, const char* what) {
  if (!given.IsObject()) throw argument_error(given.Env(), std::string(what) + " must be described by an object.");
  const auto array = given.As<Napi::Object>();
  return {read_size(array.Get("offset"), "offset"), array.Get("wide").ToBoolean()};
}

// Compressed rows in a file, kept as floats or doubles.
std::shared_ptr<DataMatrix> open_sparse_file(const Napi::Object& source, std::size_t rows, std::size_t columns, bool single,
                                             unsigned threads) {
  const auto entries = source.Get("entries").As<Napi::Object>();
  const auto values = source.Get("ones").ToBoolean()         ? SparseFileSource::Values::kOnes
                      : source.Get("singleFile").ToBoolean() ? SparseFileSource::Values::kFloats
                                                             : SparseFileSource::Values::kDoubles;
  const SparseFileSource file{read_text(source.Get("path"), "path"),
                              read_text(source.Get("shown"), "shown"),
                              rows,
                              columns,
                              read_size(entries.Get("count"), "count"),
                              read_integers(entries.Get("indptr"), "indptr"),
                              read_integers(entries.Get("indices"), "indices"),
                              read_size(source.Get("offset"), "offset"),
                              values,
                              read_size(source.Get("memory"), "memory")};
  if (rows > UINT32_MAX) throw argument_error(source.Env(), "Sparse X must have fewer than 2^32 rows.");
  if (single) return std::make_shared<SparseFileMatrix<float>>(file, threads);
  return std::make_shared<SparseFileMatrix<double>>(file, threads);
}

// X in a file, likewise.
std::shared_ptr<DataMatrix> open_file(const Napi::Object& source, std::size_t rows, std::size_t columns, bool single,
                                      unsigned threads) {
  if (source.Get("entries").IsObject()) return open_sparse_file(source, rows, columns, single, threads);
  const Napi::Value left_out = source.Get("leftOut");
  const FileSource file{read_text(source.Get("path"), "path"),
                        read_text(source.Get("shown"), "shown"),
                        read_size(source.Get("offset"), "offset"),
                        source.Get("singleFile").ToBoolean(),
                        rows,
                        columns,
                        left_out.IsUndefined() ? FileSource::kNone : read_size(left_out, "leftOut"),
                        read_size(source.Get("memory"), "memory")};
  if (file.left_out != FileSource::kNone && file.left_out > columns) {
    throw argument_error(source.Env(), "The column left out must lie in the file.");
  }
  if (single) return std::make_shared<FileMatrix<float>>(file, threads);
  return std::make_shared<FileMatrix<double>>(file, threads);
}
#endif

}  // namespace

Napi::Function DataMatrixWrap::define(Napi::Env env) {
  return DefineClass(env, "DataMatrix",
                     {
                         guarded_method<&DataMatrixWrap::measure>("measure"),
                         guarded_method<&DataMatrixWrap::moments>("moments"),
                         guarded_method<&DataMatrixWrap::apply>("apply"),
                         guarded_method<&DataMatrixWrap::column_block>("columnBlock"),
                         guarded_method<&DataMatrixWrap::multiply>("multiply"),
                         guarded_method<&DataMatrixWrap::multiply_transposed>("multiplyTransposed"),
                         guarded_method<&DataMatrixWrap::gram>("gram"),
                         guarded_method<&DataMatrixWrap::gram_of>("gramOf"),
                         guarded_method<&DataMatrixWrap::descend>("descend"),
                         guarded_getter<&DataMatrixWrap::multiplied>("multiplied"),
                         guarded_getter<&DataMatrixWrap::multiplied_transposed>("multipliedTransposed"),
                         guarded_getter<&DataMatrixWrap::grams>("grams"),
                         guarded_method<&DataMatrixWrap::bytes_under_way>("bytesUnderWay"),
                         guarded_method<&DataMatrixWrap::dispose>("dispose"),
                     });
}

DataMatrixWrap::DataMatrixWrap(const Napi::CallbackInfo& info) try : Napi
  ::ObjectWrap<DataMatrixWrap>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsObject()) throw argument_error(env, "X must be described by an object.");
    const auto source = info[0].As<Napi::Object>();
    const std::size_t rows = read_size(source.Get("rows"), "rows"), columns = read_size(source.Get("columns"), "columns");
    constexpr std::size_t kMost = std::numeric_limits<int>::max();
    if (columns > kMost)
      throw argument_error(env, "X must have fewer than 2^31 columns, which is as many as BLAS can count.");
    if (rows == 0 || columns == 0) {
      throw argument_error(env, "X must have at least one row and one column.");
    }
    if (rows > SIZE_MAX / 16 / columns) throw std::bad_alloc();
    threads_ = static_cast<unsigned>(std::min<std::size_t>(std::max<std::size_t>(1, read_size(info[1], "threads")), 256));
    const Run run{&Environment::of(env).pool, threads_, nullptr};
    const bool single = source.Get("single").ToBoolean();
    std::shared_ptr<DataMatrix> matrix;
    if (!source.Get("path").IsUndefined()) matrix = open_file(source, rows, columns, single, threads_);
    else matrix = single ? copy<float>(source, rows, columns, run) : copy<double>(source, rows, columns, run);
    if (source.Get("chunkOf").IsObject()) {
      const auto whole = source.Get("chunkOf").As<Napi::Object>();
      const std::size_t whole_rows = read_size(whole.Get("rows"), "rows"), count = read_size(whole.Get("chunks"), "chunks");
      if (whole_rows < rows || count == 0 || count > Cutting::kMost)
        throw argument_error(env, "A chunk is one of at most 16 of a larger matrix.");
      matrix->be_chunk_of(whole_rows, count);
    }
    counts_ = matrix->counts();
    reported_ = static_cast<std::int64_t>(matrix->bytes());
    const Cutting cutting = matrix->cutting();
    handle_ = std::make_shared<Handle>(Handle{std::move(matrix), rows, columns, cutting});
    info.This().As<Napi::Object>().TypeTag(&kTag);
    Napi::MemoryManagement::AdjustExternalMemory(env, reported_);
  }
catch (...) {
  throw to_error(info.Env(), std::current_exception());
}

std::shared_ptr<DataMatrixWrap::Handle> DataMatrixWrap::handle_of(const Napi::Value& value) {
  if (!has_tag(value, kTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>())->handle_;
}

namespace {

// The order of the rows, every one of them once; empty when they stay as they are.
std::vector<std::uint32_t> read_order(const Napi::Value& given, std::size_t rows) {
  if (given.IsUndefined() || given.IsNull()) return {};
  std::vector<std::uint32_t> order = copy_array<std::uint32_t>(given, rows, "The order of the rows");
  std::vector<bool> seen(rows);
  for (const std::uint32_t row : order) {
    if (row >= rows || seen[row]) throw argument_error(given.Env(), "The order of the rows must name every row once.");
    seen[row] = true;
  }
  return order;
}

// Of numbers given as `Given`, kept as T.
template <class T, class Given>
std::shared_ptr<DataMatrix> copy_sparse(const Napi::Object& source, const Napi::Value& values, std::size_t rows,
                                        std::size_t columns, const std::uint32_t* order, const Run& run) {
  const Napi::Env env = source.Env();
  const Napi::Value indices = source.Get("indices"), begin = source.Get("indptr");
  if (!is_array_of<std::uint32_t>(indices)) throw argument_error(env, "The indices must be a Uint32Array.");
  // All are got before the first is read: nothing of JavaScript runs from here on.
  const std::size_t entries = indices.As<Napi::TypedArray>().ElementLength();
  const auto index = read_array<std::uint32_t>(indices, entries, "The indices");
  const auto offsets = read_array<double>(begin, rows + 1, "The indptr");
  const auto numbers = values.IsUndefined() ? std::nullopt : std::optional(read_array<Given>(values, entries, "The values"));
  auto matrix = std::make_shared<SparseMatrix<T>>(SparseSource<Given>{offsets.data(), index.data(), data_of(numbers), order},
                                                  entries, rows, columns, run);
  if (!matrix->valid())
    throw argument_error(env, "X must be compressed rows of finite numbers, each column at most once a row.");
  return matrix;
}

template <class T, class Given>
std::shared_ptr<DataMatrix> copy_dense(const Napi::Value& given, std::size_t rows, std::size_t columns,
                                       const std::uint32_t* order, const Run& run) {
  const auto values = read_array<Given>(given, rows * columns, "X");
  auto matrix = std::make_shared<DenseMatrix<T>>(values.data(), rows, columns, order, run);
  const std::size_t bad = matrix->first_bad();
  if (bad != DenseMatrix<T>::kNone) throw not_finite(given.Env(), bad, columns, static_cast<double>(values.data()[bad]));
  return matrix;
}

template <class T, class Given>
std::shared_ptr<DataMatrix> copy_as(const Napi::Object& source, const Napi::Value& values, std::size_t rows,
                                    std::size_t columns, const Run& run) {
  // A copy, made before anything else is read.
  const std::vector<std::uint32_t> given = read_order(source.Get("order"), rows);
  const std::uint32_t* order = given.empty() ? nullptr : given.data();
  if (source.Get("indptr").IsUndefined()) return copy_dense<T, Given>(values, rows, columns, order, run);
  return copy_sparse<T, Given>(source, values, rows, columns, order, run);
}

}  // namespace

template <class T>
std::shared_ptr<DataMatrix> DataMatrixWrap::copy(const Napi::Object& source, std::size_t rows, std::size_t columns,
                                                 const Run& run) {
  const Napi::Value values = source.Get("values");
  if (is_array_of<float>(values)) return copy_as<T, float>(source, values, rows, columns, run);
  return copy_as<T, double>(source, values, rows, columns, run);
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
  call.seconds = matrix.waits() ? kAlwaysLater : estimate(0, matrix.pass_bytes(threads), 0, 1);
  call.threads = threads;
  call.release = [](Napi::Env, bool) {};
  return call;
}

Flag never() { return std::make_shared<std::atomic<bool>>(false); }

}  // namespace

Napi::Value DataMatrixWrap::measure(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->open(env);
  const double ulps = read_number(info[0], "constantUlps");
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

Napi::Value DataMatrixWrap::bytes_under_way(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->open(env);
  const auto bytes = std::make_shared<std::size_t>(0);
  Call call = pass(*matrix, threads_);
  call.compute = [matrix, bytes](const Run&) { *bytes = matrix->bytes_under_way(); };
  call.result = [bytes](Napi::Env js) { return Napi::Number::New(js, static_cast<double>(*bytes)); };
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::moments(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->open(env);
  const std::size_t columns = matrix->columns();
  const auto moments = std::make_shared<Moments>(matrix->rows(), columns, matrix->cutting());
  moments->origin = copy_array(info[0], columns, "origin");
  const bool squares = !info[1].IsUndefined();
  if (squares) moments->use(copy_array(info[1], columns, "mean"), copy_array(info[2], columns, "inverseUnit"));
  Call call = pass(*matrix, threads_);
  call.compute = [matrix, moments, squares](const Run& run) {
    if (squares) matrix->add_squares(*moments, run);
    else matrix->add_distances(*moments, run);
  };
  call.result = [moments, squares](Napi::Env js) -> Napi::Value {
    Napi::Object result = Napi::Object::New(js);
    result.Set("sums", to_array(js, squares ? moments->square_sums() : moments->distance_sums()));
    result.Set("longest", to_array(js, moments->longest_distances()));
    return result;
  };
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::chunks(const Napi::CallbackInfo& info) {
  const std::size_t rows = read_size(info[0], "rows"), columns = read_size(info[1], "columns");
  if (rows == 0 || columns == 0) throw argument_error(info.Env(), "X must have at least one row and one column.");
  const Cutting cutting(columns);
  std::vector<double> first;
  for (std::size_t chunk = 0; chunk <= cutting.chunks(rows); chunk++)
    first.push_back(static_cast<double>(cutting.first_row(rows, chunk)));
  return to_array(info.Env(), first);
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
  const auto output = std::make_shared<Output<double>>(env, checked_product(rows, count));
  double* out = output->data();
  Call call = pass(*matrix, threads_);
  call.compute = [matrix, from, count, rows, out](const Run& run) {
    if (matrix->copy_columns(from, count, out, run)) return;
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
  call.result = [output](Napi::Env js) -> Napi::Value { return output->value(js); };
  return perform(env, never(), std::move(call));
}

namespace {

// A range of rows, from a number to a number; all of them when neither is given.
std::pair<std::size_t, std::size_t> read_range(const Napi::CallbackInfo& info, std::size_t at, std::size_t rows) {
  if (info[at].IsUndefined()) return {0, rows};
  const std::size_t from = read_size(info[at], "from"), count = read_size(info[at + 1], "count");
  if (count == 0 || from >= rows || count > rows - from) {
    throw argument_error(info.Env(), "A range of rows must lie within the matrix.");
  }
  return {from, count};
}

}  // namespace

Napi::Value DataMatrixWrap::product(const Napi::CallbackInfo& info, bool transposed) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const std::size_t width = read_size(info[1], "width");
  const auto [start, n] = read_range(info, 2, matrix->rows());
  const std::size_t d = matrix->columns();
  if (width == 0 || width > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw argument_error(env, "The width of a product must be at least 1.");
  }
  auto input =
      std::make_shared<std::vector<double>>(copy_array(info[0], checked_product(transposed ? n : d, width), "The factor"));
  const auto output = std::make_shared<Output<double>>(env, checked_product(transposed ? d : n, width));
  double* out = output->data();
  Call call;
  const double share = static_cast<double>(n) / static_cast<double>(matrix->rows());
  call.seconds = matrix->waits() ? kAlwaysLater
                                 : estimate(share * matrix->product_flops(static_cast<double>(width)),
                                            share * static_cast<double>(matrix->bytes()), 0, threads_);
  call.threads = threads_;
  call.compute = [matrix, input, width, out, transposed, first = start, count = n](const Run& run) {
    const Blocks blocks = cut_rows(count, matrix->columns(), matrix->cutting(), first);
    const Layout layout = row_major(blocks, width);
    if (transposed) matrix->multiply_transposed(input->data(), layout, out, run);
    else matrix->multiply(input->data(), nullptr, layout, out, run);
  };
  call.result = [output](Napi::Env js) -> Napi::Value { return output->value(js); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::multiply(const Napi::CallbackInfo& info) { return product(info, false); }

Napi::Value DataMatrixWrap::multiply_transposed(const Napi::CallbackInfo& info) { return product(info, true); }

Napi::Value DataMatrixWrap::gram(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const std::size_t stride = read_size(info[1], "stride");
  if (stride == 0) throw argument_error(env, "stride must be at least 1.");
  const std::size_t rows = info[2].IsUndefined() ? matrix->rows() : read_size(info[2], "rows");
  if (rows == 0 || rows > matrix->rows()) throw argument_error(env, "The rows must be at least 1 and those of the matrix.");
  const std::size_t taken = (rows - 1) / stride + 1, size = matrix->columns() + 1;
  const auto scale = std::make_shared<std::vector<double>>(copy_array(info[0], taken, "scale"));
  return gram_call(env, size, taken, [matrix, scale, rows, stride](double* out, const Run& run) {
    matrix->gram(scale->data(), rows, stride, out, run);
  });
}

namespace {

// Columns by number, ascending, at least one.
std::vector<std::uint32_t> read_columns(const Napi::Value& given, std::size_t columns) {
  const Napi::Env env = given.Env();
  if (!is_array_of<std::uint32_t>(given)) throw argument_error(env, "The columns must be a Uint32Array.");
  std::vector<std::uint32_t> list =
      copy_array<std::uint32_t>(given, given.As<Napi::TypedArray>().ElementLength(), "The columns");
  if (list.empty()) throw argument_error(env, "There must be at least one column.");
  for (std::size_t k = 0; k < list.size(); k++) {
    if (list[k] >= columns || (k > 0 && list[k] <= list[k - 1])) {
      throw argument_error(env, "The columns must be ascending and those of the matrix.");
    }
  }
  return list;
}

}  // namespace

Napi::Value DataMatrixWrap::descend(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  if (!info[0].IsObject()) throw argument_error(env, "descend takes a model.");
  const auto given = info[0].As<Napi::Object>();
  const auto descent = std::make_shared<Descent>();
  descent->columns = read_columns(given.Get("columns"), matrix->columns());
  const std::size_t size = descent->columns.size() + 1;
  descent->curvature = copy_array(given.Get("curvature"), matrix->rows(), "curvature");
  descent->slopes = copy_array(given.Get("slopes"), size, "slopes");
  descent->w = copy_array(given.Get("w"), size, "w");
  descent->lambda = copy_array(given.Get("lambda"), size, "lambda");
  descent->added = copy_array(given.Get("added"), size, "added");
  descent->rounds = read_size(given.Get("rounds"), "rounds");
  descent->tolerance = read_number(given.Get("tolerance"), "tolerance");
  const auto output = std::make_shared<Output<double>>(env, size);
  double* out = output->data();
  Call call;
  const double share = static_cast<double>(size) / static_cast<double>(matrix->columns());
  call.seconds = 10 * estimate(std::min(1.0, share) * matrix->product_flops(1), 0, 0, 1);
  call.threads = threads_;
  call.compute = [matrix, descent, out](const Run& run) { matrix->descend(*descent, out, run); };
  call.result = [output](Napi::Env js) -> Napi::Value { return output->value(js); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, never(), std::move(call));
}

Napi::Value DataMatrixWrap::gram_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const auto columns = std::make_shared<std::vector<std::uint32_t>>(read_columns(info[0], matrix->columns()));
  const auto scale = std::make_shared<std::vector<double>>(copy_array(info[1], matrix->rows(), "scale"));
  return gram_call(env, columns->size() + 1, matrix->rows(), [matrix, columns, scale](double* out, const Run& run) {
    matrix->gram_of(*columns, scale->data(), out, run);
  });
}

// A promise or value of what `fill` writes, `size` squared, from so many rows.
Napi::Value DataMatrixWrap::gram_call(Napi::Env env, std::size_t size, std::size_t taken,
                                      std::function<void(double*, const Run&)> fill) {
  const std::shared_ptr<DataMatrix> matrix = handle_->use(env);
  const auto output = std::make_shared<Output<double>>(env, checked_product(size, size));
  double* out = output->data();
  Call call;
  const double flops = static_cast<double>(taken) * static_cast<double>(size) * static_cast<double>(size);
  call.seconds = matrix->waits() ? kAlwaysLater : estimate(flops, 0, 0, threads_);
  call.threads = threads_;
  call.compute = [fill = std::move(fill), out](const Run& run) { fill(out, run); };
  call.result = [output](Napi::Env js) -> Napi::Value { return output->value(js); };
  call.release = [](Napi::Env, bool) {};
  return perform(env, never(), std::move(call));
}

// In products with all of X.
Napi::Value DataMatrixWrap::in_products(Napi::Env env, std::uint64_t rows) const {
  return Napi::Number::New(env, static_cast<double>(rows) / static_cast<double>(handle_->rows));
}

Napi::Value DataMatrixWrap::grams(const Napi::CallbackInfo& info) { return in_products(info.Env(), counts_->grams.load()); }

Napi::Value DataMatrixWrap::multiplied(const Napi::CallbackInfo& info) {
  return in_products(info.Env(), counts_->multiplied.load());
}

Napi::Value DataMatrixWrap::multiplied_transposed(const Napi::CallbackInfo& info) {
  return in_products(info.Env(), counts_->multiplied_transposed.load());
}

void DataMatrixWrap::dispose(const Napi::CallbackInfo& info) {
  handle_->matrix = nullptr;
  Finalize(info.Env());
}

}  // namespace planesearch
