// Reading arguments. TypeScript has checked them and worded the errors (lib/backends/arguments.ts); what is left here
// protects memory, should someone call the addon directly.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "addon/arrays.h"
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
bool is_array_of(const Napi::Value& value) {
  return find_array<T>(value).has_value();
}

template <class T = double>
Array<T> read_array(const Napi::Value& value, std::size_t length, const char* what) {
  auto array = find_array<T>(value);
  if (array && array->size() == length && (length == 0 || array->attached())) return std::move(*array);
  throw argument_error(value.Env(), std::string(what) + " must be an attached " + TypedArrayOf<T>::kName + " of length " +
                                        std::to_string(length) + ".");
}

// Nothing for null and undefined.
template <class T = double>
std::optional<Array<T>> read_optional(const Napi::Value& value, std::size_t length, const char* what) {
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  return read_array<T>(value, length, what);
}

template <class T>
const T* data_of(const std::optional<Array<T>>& array) {
  return array ? array->data() : nullptr;
}

// From element `from` on.
template <class T = double>
std::vector<T> copy_array(const Napi::Value& value, std::size_t length, const char* what, std::size_t from = 0) {
  const auto array = read_array<T>(value, length, what);
  return std::vector<T>(array.data() + from, array.data() + length);
}

// Into the memory of `room`, where it is given.
inline std::vector<std::vector<double>> copy_arrays(const Napi::Value& value, std::size_t length, const char* what,
                                                    std::size_t from = 0, std::vector<std::vector<double>> room = {}) {
  if (!value.IsArray()) throw argument_error(value.Env(), std::string(what) + " must be an array of Float64Arrays.");
  const auto list = value.As<Napi::Array>();
  room.resize(list.Length());
  for (std::uint32_t i = 0; i < list.Length(); i++) {
    const auto array = read_array(list.Get(i), length, what);
    room[i].assign(array.data() + from, array.data() + length);
  }
  return room;
}

}  // namespace planesearch
