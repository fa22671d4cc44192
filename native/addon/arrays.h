// Typed arrays of JavaScript, as C++ sees them.
//
// In Node both look at the same memory. WebAssembly sees no memory but its own: there the numbers are copied in when they are first asked
// for, and out again when the array goes that was asked to be writable.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "addon/guard.h"

#ifdef __wasm__
// From lib/backends/wasm/instantiate.ts: the bytes of a typed array to linear memory, and from there: no more of them than it
// has. Neither throws.
extern "C" {
__attribute__((import_module("planesearch"), import_name("copyIn"))) void planesearch_copy_in(napi_value from, void* to,
                                                                                              std::size_t bytes);
__attribute__((import_module("planesearch"), import_name("copyOut"))) void planesearch_copy_out(const void* from,
                                                                                                napi_value to,
                                                                                                std::size_t bytes);
}
#endif

namespace planesearch {

template <class T>
struct TypedArrayOf;
template <>
struct TypedArrayOf<double> {
  static constexpr napi_typedarray_type kType = napi_float64_array;
  static constexpr const char* kName = "Float64Array";
};
template <>
struct TypedArrayOf<float> {
  static constexpr napi_typedarray_type kType = napi_float32_array;
  static constexpr const char* kName = "Float32Array";
};
template <>
struct TypedArrayOf<int> {
  static constexpr napi_typedarray_type kType = napi_int32_array;
  static constexpr const char* kName = "Int32Array";
};
template <>
struct TypedArrayOf<std::uint32_t> {
  static constexpr napi_typedarray_type kType = napi_uint32_array;
  static constexpr const char* kName = "Uint32Array";
};
template <>
struct TypedArrayOf<std::uint8_t> {
  static constexpr napi_typedarray_type kType = napi_uint8_array;
  static constexpr const char* kName = "Uint8Array";
};

// A typed array that JavaScript has: valid only until JavaScript runs again. What `data` and `writable` return ends with it.
template <class T>
class Array {
 public:
  Array(const Napi::Value& value, T* data, std::size_t size) : value_(value), data_(data), size_(size) {}
  Array(Array&& other) noexcept : value_(other.value_), data_(other.data_), size_(other.size_) { take(other); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  Array& operator=(Array&&) = delete;

  std::size_t size() const { return size_; }
  const Napi::Value& value() const { return value_; }

#ifdef __wasm__
  ~Array() {
    if (written_) planesearch_copy_out(copy_.get(), value_, size_ * sizeof(T));
  }
  bool attached() const { return true; }  // a detached array has no length
  const T* data() const& { return numbers(); }
  T* writable() & {
    written_ = true;
    return numbers();
  }
#else
  bool attached() const { return data_ != nullptr; }
  const T* data() const& { return data_; }
  T* writable() & { return data_; }
#endif
  const T* data() const&& = delete;

 private:
#ifdef __wasm__
  T* numbers() const {
    if (!copy_) {
      copy_.reset(new T[size_]);
      planesearch_copy_in(value_, copy_.get(), size_ * sizeof(T));
    }
    return copy_.get();
  }
  void take(Array& other) {
    copy_ = std::move(other.copy_);
    written_ = std::exchange(other.written_, false);
  }

  mutable std::unique_ptr<T[]> copy_;
  bool written_ = false;
#else
  void take(Array&) {}
#endif

  Napi::Value value_;
  T* data_;  // null in WebAssembly
  std::size_t size_;
};

// The array itself, nothing for what is no typed array of T. Type, length and memory come with one question, which goes a long way through
// the engine.
template <class T>
std::optional<Array<T>> find_array(const Napi::Value& value) {
  if (!value.IsTypedArray()) return std::nullopt;
  napi_typedarray_type type;
  std::size_t size = 0;
  void* data = nullptr;
#ifdef __wasm__
  void** const memory = nullptr;
#else
  void** const memory = &data;
#endif
  const napi_status status = napi_get_typedarray_info(value.Env(), value, &type, &size, memory, nullptr, nullptr);
  NAPI_THROW_IF_FAILED(value.Env(), status, std::nullopt);
  if (type != TypedArrayOf<T>::kType) return std::nullopt;
  return Array<T>(value, static_cast<T*>(data), size);
}

// A typed array that a computation fills and JavaScript then gets, at once or later; JavaScript cannot reach it before. OUT_OF_MEMORY
// where there is no memory for it.
template <class T>
class Output {
 public:
#ifdef __wasm__
  Output(Napi::Env, std::size_t size) : values_(size) {}

  T* data() { return values_.data(); }
  Napi::Value value(Napi::Env env) const {
    const napi_value array = new_typed_array(env, TypedArrayOf<T>::kType, values_.size());
    planesearch_copy_out(values_.data(), array, values_.size() * sizeof(T));
    return Napi::Value(env, array);
  }

 private:
  std::vector<T> values_;
#else
  Output(Napi::Env env, std::size_t size)
      : Output(Napi::TypedArrayOf<T>(env, new_typed_array(env, TypedArrayOf<T>::kType, size))) {}

  T* data() { return data_; }
  Napi::Value value(Napi::Env) const { return array_.Value(); }

 private:
  explicit Output(Napi::TypedArrayOf<T> array) : array_(Napi::Persistent(array)), data_(array.Data()) {}

  Napi::Reference<Napi::TypedArrayOf<T>> array_;
  T* data_;
#endif
};

template <class T>
Napi::Value to_array(Napi::Env env, const std::vector<T>& values) {
  const napi_value array = new_typed_array(env, TypedArrayOf<T>::kType, values.size());
#ifdef __wasm__
  planesearch_copy_out(values.data(), array, values.size() * sizeof(T));
#else
  std::copy(values.begin(), values.end(), Napi::TypedArrayOf<T>(env, array).Data());
#endif
  return Napi::Value(env, array);
}

}  // namespace planesearch
