// JavaScript class DataMatrix(values, rows, columns, threads) over a DenseMatrix.
#pragma once

#include <napi.h>

#include <memory>

#include "data/dense_matrix.h"

namespace planesearch {

class DataMatrixWrap : public Napi::ObjectWrap<DataMatrixWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DataMatrixWrap(const Napi::CallbackInfo& info);
  void Finalize(Napi::Env env) override;

  const std::shared_ptr<DenseMatrix>& matrix() const { return matrix_; }

 private:
  Napi::Value multiply(const Napi::CallbackInfo& info);             // (W, width) -> Float64Array | Promise
  Napi::Value multiply_transposed(const Napi::CallbackInfo& info);  // (R, width) -> Float64Array | Promise
  Napi::Value multiplied(const Napi::CallbackInfo& info);
  Napi::Value multiplied_transposed(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);
  Napi::Value product(Napi::Env env, const Napi::Value& factor, std::size_t width, bool transposed);

  std::shared_ptr<DenseMatrix> matrix_;
  unsigned threads_ = 1;
  std::int64_t reported_ = 0;  // bytes that V8 has been told about
};

}  // namespace planesearch
