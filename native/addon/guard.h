// The border between JavaScript and C++: no exception of any kind leaves an entry of the addon as anything but a JavaScript
// error with a `code`.
//
// node-addon-api turns its own Napi::Error into a JavaScript exception and lets every other one end the process. So entries are
// made by the functions below instead of InstanceMethod, InstanceAccessor and Function::New.
#pragma once

#include <napi.h>

#include <cstddef>
#include <exception>
#include <type_traits>

#include "math/checked.h"

namespace planesearch {

// Any native exception as a JavaScript error: OUT_OF_MEMORY for bad_alloc and length_error, NO_THREAD for a thread that could
// not be started, AbortError for a cancelled computation, the code of a CodedError.
Napi::Error to_error(Napi::Env env, const std::exception_ptr& failure);

// Makes the current exception the pending one of JavaScript; for use in a catch block.
void throw_current(napi_env env) noexcept;

// A new typed array of JavaScript, for Output(env, length) of addon/arrays.h. Node-API ends the process when its memory
// cannot be had; the constructor of JavaScript throws, and that becomes OUT_OF_MEMORY.
napi_value new_typed_array(Napi::Env env, napi_typedarray_type type, std::size_t length);

// Whether a value is an object that a constructor of ours has marked so, whatever its prototype says.
bool has_tag(const Napi::Value& value, const napi_type_tag& tag);

namespace guard {

Napi::Error wrong_this(Napi::Env env);

template <class Body>
napi_value run(napi_env env, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    throw_current(env);
    return nullptr;
  }
}

template <class Result, class Function>
napi_value value_of(Function function) {
  if constexpr (std::is_void_v<Result>) {
    function();
    return nullptr;
  } else {
    return function();
  }
}

template <class Member>
struct MemberOf;

template <class Class, class Result_>
struct MemberOf<Result_ (Class::*)(const Napi::CallbackInfo&)> {
  using Owner = Class;
  using Result = Result_;
};

// Node-API lets a getter be called on any object, and unwraps whatever is wrapped in it.
template <auto kMember>
napi_value call_member(napi_env env, napi_callback_info raw) {
  using Traits = MemberOf<decltype(kMember)>;
  return run(env, [&]() -> napi_value {
    const Napi::CallbackInfo info(env, raw);
    if (!has_tag(info.This(), Traits::Owner::kTag)) throw wrong_this(env);
    auto* self = Traits::Owner::Unwrap(info.This().template As<Napi::Object>());
    return value_of<typename Traits::Result>([&] { return (self->*kMember)(info); });
  });
}

template <auto kFunction>
napi_value call_function(napi_env env, napi_callback_info raw) {
  using Result = std::invoke_result_t<decltype(kFunction), const Napi::CallbackInfo&>;
  return run(env, [&]() -> napi_value {
    const Napi::CallbackInfo info(env, raw);
    return value_of<Result>([&] { return kFunction(info); });
  });
}

}  // namespace guard

// For DefineClass, in place of InstanceMethod<kMember>(name).
template <auto kMember>
auto guarded_method(const char* name) {
  napi_property_descriptor descriptor = {};
  descriptor.utf8name = name;
  descriptor.method = &guard::call_member<kMember>;
  descriptor.attributes = napi_default;
  return Napi::ClassPropertyDescriptor<typename guard::MemberOf<decltype(kMember)>::Owner>(descriptor);
}

// For DefineClass, in place of InstanceAccessor<kMember>(name).
template <auto kMember>
auto guarded_getter(const char* name) {
  napi_property_descriptor descriptor = {};
  descriptor.utf8name = name;
  descriptor.getter = &guard::call_member<kMember>;
  descriptor.attributes = napi_default;
  return Napi::ClassPropertyDescriptor<typename guard::MemberOf<decltype(kMember)>::Owner>(descriptor);
}

// In place of Function::New<kFunction>(env, name).
template <auto kFunction>
Napi::Function guarded_function(Napi::Env env, const char* name) {
  napi_value function = nullptr;
  const napi_status status =
      napi_create_function(env, name, NAPI_AUTO_LENGTH, &guard::call_function<kFunction>, nullptr, &function);
  NAPI_THROW_IF_FAILED(env, status, Napi::Function());
  return Napi::Function(env, function);
}

}  // namespace planesearch
