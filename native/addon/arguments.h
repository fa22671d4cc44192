// Reading arguments. TypeScript has checked them and worded the errors (lib/backends/arguments.ts); what is left here
// protects memory, should someone call the addon directly.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "addon/guard.h"

namespace planesearch {

inline Napi::Error argument_error(Napi::Env env, const std::string& sentence) {
  Napi::Error error = Napi::TypeError::New(env, sentence);
  error.Set("code", Napi::String::New(env, "INVALID_ARGUMENT"));
  return error;
}

inline std::size_t read_size(const Napi::Value& value, const char* what) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (number >= 0 && number < 9007199254740992.0 && number == static_cast<double>(static_cast<std::size_t>(number))) {
    return static_cast<std::size_t>(number);
  }
  throw argument_error(value.Env(), std::string(what) + " must be a non-negative integer.");
}

// Any number, NaN and infinities too.
inline double read_number(const Napi::Value& value, const char* what) {
  if (value.IsNumber()) return value.As<Napi::Number>().DoubleValue();
  throw argument_error(value.Env(), std::string(what) + " must be a number.");
}

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

// The array itself, nothing for what is no typed array of T: valid only until JavaScript runs again. Type, length and memory come
// with one question, which goes a long way through the engine.
template <class T>
std::optional<Napi::TypedArrayOf<T>> find_array(const Napi::Value& value) {
  if (!value.IsTypedArray()) return std::nullopt;
  const Napi::TypedArrayOf<T> array(value.Env(), value);
  if (array.TypedArrayType() != TypedArrayOf<T>::kType) return std::nullopt;
  return array;
}

template <class T>
bool is_array_of(const Napi::Value& value) {
  return find_array<T>(value).has_value();
}

template <class T = double>
Napi::TypedArrayOf<T> read_array(const Napi::Value& value, std::size_t length, const char* what) {
  auto array = find_array<T>(value);
  if (array && array->ElementLength() == length && (length == 0 || array->Data() != nullptr)) return *array;
  throw argument_error(value.Env(), std::string(what) + " must be an attached " + TypedArrayOf<T>::kName + " of length " +
                                        std::to_string(length) + ".");
}

// From element `from` on.
template <class T = double>
std::vector<T> copy_array(const Napi::Value& value, std::size_t length, const char* what, std::size_t from = 0) {
  const auto array = read_array<T>(value, length, what);
  return std::vector<T>(array.Data() + from, array.Data() + length);
}

inline std::vector<std::vector<double>> copy_arrays(const Napi::Value& value, std::size_t length, const char* what,
                                                    std::size_t from = 0) {
  if (!value.IsArray()) throw argument_error(value.Env(), std::string(what) + " must be an array of Float64Arrays.");
  const auto list = value.As<Napi::Array>();
  std::vector<std::vector<double>> copies;
  for (std::uint32_t i = 0; i < list.Length(); i++) copies.push_back(copy_array(list.Get(i), length, what, from));
  return copies;
}

// A new typed array; OUT_OF_MEMORY where there is no memory for it.
template <class T = double>
Napi::TypedArrayOf<T> new_array(Napi::Env env, std::size_t length) {
  return Napi::TypedArrayOf<T>(env, new_typed_array(env, TypedArrayOf<T>::kType, length));
}

template <class T>
Napi::TypedArrayOf<T> to_array(Napi::Env env, const std::vector<T>& values) {
  auto array = new_array<T>(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace planesearch
