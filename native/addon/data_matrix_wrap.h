// JavaScript class DataMatrix(source, threads) over a DenseMatrix or, where the source has `indptr`, a SparseMatrix, of doubles or floats; where
// it has `path`, over a FileMatrix or, with `entries`, a SparseFileMatrix.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>

#include "data/data_matrix.h"

namespace planesearch {

class DataMatrixWrap : public Napi::ObjectWrap<DataMatrixWrap> {
 public:
  static constexpr napi_type_tag kTag{0x6e1f0c5a9b7d4e21, 0xa37c5d10e8f24b96};

  static Napi::Function define(Napi::Env env);
  explicit DataMatrixWrap(const Napi::CallbackInfo& info);
  // (rows, columns) -> the first row of every chunk of a dense matrix of that shape, and its rows
  static Napi::Value chunks(const Napi::CallbackInfo& info);
  void Finalize(Napi::Env env) override;

  // What a DataMatrix shares with the tracked losses over it; all of it belongs to the main thread.
  struct Handle {
    std::shared_ptr<DataMatrix> matrix;  // null after dispose(); jobs under way hold their own
    std::size_t rows, columns;
    Cutting cutting;
    bool fixed = false;  // its values are in use: no frame any more
    bool busy = false;   // they are being brought into the frame

    const std::shared_ptr<DataMatrix>& open(Napi::Env env) const;
    const std::shared_ptr<DataMatrix>& use(Napi::Env env);
  };

  // Null for anything but a DataMatrix, whatever its prototype says.
  static std::shared_ptr<Handle> handle_of(const Napi::Value& value);

 private:
  Napi::Value measure(const Napi::CallbackInfo& info);  // (constantUlps) -> {origin, distance, scale, constant} | Promise
  // Of a chunk: (origin, mean?, inverseUnit?) -> {sums, longest} | Promise, of distances or, with means, of squares
  Napi::Value moments(const Napi::CallbackInfo& info);
  Napi::Value apply(const Napi::CallbackInfo& info);         // ({origin, distance, scale, constant}) -> undefined | Promise
  Napi::Value column_block(const Napi::CallbackInfo& info);  // (from, count) -> Float64Array | Promise
  Napi::Value multiply(const Napi::CallbackInfo& info);      // (W, width, from?, count?) -> Float64Array | Promise
  Napi::Value multiply_transposed(const Napi::CallbackInfo& info);  // (R, width, from?, count?) -> Float64Array | Promise
  Napi::Value multiplied(const Napi::CallbackInfo& info);
  Napi::Value multiplied_transposed(const Napi::CallbackInfo& info);
  Napi::Value gram(const Napi::CallbackInfo& info);     // (scale, stride, rows?) -> Float64Array | Promise
  Napi::Value gram_of(const Napi::CallbackInfo& info);  // (columns, scale) -> Float64Array | Promise
  Napi::Value descend(const Napi::CallbackInfo& info);  // ({columns, ...}) -> Float64Array | Promise
  Napi::Value gram_call(Napi::Env env, std::size_t size, std::size_t taken, std::function<void(double*, const Run&)> fill);
  Napi::Value grams(const Napi::CallbackInfo& info);
  // () -> bytes | Promise
  Napi::Value bytes_under_way(const Napi::CallbackInfo& info);
  Napi::Value in_products(Napi::Env env, std::uint64_t rows) const;
  void dispose(const Napi::CallbackInfo& info);
  Napi::Value product(const Napi::CallbackInfo& info, bool transposed);
  template <class T>
  std::shared_ptr<DataMatrix> copy(const Napi::Object& source, std::size_t rows, std::size_t columns, const Run& run);

  std::shared_ptr<Handle> handle_;
  std::shared_ptr<ProductCounts> counts_;
  unsigned threads_ = 1;
  std::int64_t reported_ = 0;  // bytes that V8 has been told about
};

}  // namespace planesearch
