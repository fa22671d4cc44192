// Reading arguments. TypeScript has checked them and worded the errors (lib/backends/arguments.ts); what is left here
// protects memory, should someone call the addon directly.
#pragma once

#include <napi.h>

#include <cstddef>
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

// The array itself: valid only until JavaScript runs again.
inline Napi::Float64Array read_array(const Napi::Value& value, std::size_t length, const char* what) {
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array) {
    const auto array = value.As<Napi::Float64Array>();
    if (array.ElementLength() == length && (length == 0 || array.Data() != nullptr)) return array;
  }
  throw argument_error(value.Env(), std::string(what) + " must be an attached Float64Array of length " + std::to_string(length) + ".");
}

inline std::vector<double> copy_array(const Napi::Value& value, std::size_t length, const char* what) {
  const Napi::Float64Array array = read_array(value, length, what);
  return std::vector<double>(array.Data(), array.Data() + length);
}

inline std::vector<std::vector<double>> copy_arrays(const Napi::Value& value, std::size_t length, const char* what) {
  if (!value.IsArray()) throw argument_error(value.Env(), std::string(what) + " must be an array of Float64Arrays.");
  const auto list = value.As<Napi::Array>();
  std::vector<std::vector<double>> copies;
  for (std::uint32_t i = 0; i < list.Length(); i++) copies.push_back(copy_array(list.Get(i), length, what));
  return copies;
}

inline std::vector<int> copy_integers(const Napi::Value& value, std::size_t length, const char* what) {
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const auto array = value.As<Napi::Int32Array>();
    if (array.ElementLength() == length) return std::vector<int>(array.Data(), array.Data() + length);
  }
  throw argument_error(value.Env(), std::string(what) + " must be an Int32Array of length " + std::to_string(length) + ".");
}

inline Napi::Float64Array to_array(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array array = new_array(env, values.size());
  std::copy(values.begin(), values.end(), array.Data());
  return array;
}

}  // namespace planesearch
