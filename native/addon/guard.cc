#include "addon/guard.h"

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "addon/environment.h"
#include "math/fault_injection.h"
#include "objective/errors.h"
#include "parallel/pool.h"

namespace planesearch {
namespace {

constexpr const char* kNoMemory = "The memory that this takes must be available, but the system does not give it.";

Napi::Error coded(Napi::Env env, const char* code, const char* sentence) {
  Napi::Error error = Napi::Error::New(env, sentence);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

}  // namespace

Napi::Error to_error(Napi::Env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const Cancelled& cancelled) {
    Napi::Error error = coded(env, "ABORT_ERR", cancelled.what());
    error.Set("name", Napi::String::New(env, "AbortError"));
    return error;
  } catch (const CodedError& error) {
    return coded(env, error.code, error.what());
  } catch (const std::bad_alloc&) {
    return coded(env, "OUT_OF_MEMORY", kNoMemory);
  } catch (const std::length_error&) {
    return coded(env, "OUT_OF_MEMORY", kNoMemory);
  } catch (const std::system_error&) {
    return coded(env, "NO_THREAD", "A thread for this must be available, but the system does not give one.");
  } catch (const std::exception& other) {
    return coded(env, "INTERNAL", other.what());
  } catch (...) {
    return coded(env, "INTERNAL", "The native backend failed for a reason that it does not name.");
  }
}

bool has_tag(const Napi::Value& value, const napi_type_tag& tag) {
  return value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&tag);
}

Napi::Error guard::wrong_this(Napi::Env env) {
  Napi::Error error =
      Napi::TypeError::New(env, "A method must be called on an object of its own class, but it was called on another.");
  error.Set("code", Napi::String::New(env, "INVALID_ARGUMENT"));
  return error;
}

void throw_current(napi_env env) noexcept {
  const std::exception_ptr failure = std::current_exception();
  try {
    to_error(env, failure).ThrowAsJavaScriptException();
    return;
  } catch (...) {
  }
  // Not even the error could be made: this takes no memory of C++. A worker that is being terminated refuses it too, which is fine.
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) napi_throw_error(env, "OUT_OF_MEMORY", kNoMemory);
}

napi_value new_typed_array(Napi::Env env, napi_typedarray_type type, std::size_t length) {
  fault_point(Fault::kAllocation);
  const napi_value number = Napi::Number::New(env, static_cast<double>(length));
  napi_value array = nullptr;
  if (napi_new_instance(env, Environment::of(env).array_class(type), 1, &number, &array) == napi_ok) return array;
  // A RangeError: longer than V8 allows, or than memory allows. A worker that is being terminated has none.
  napi_value pending;
  napi_get_and_clear_last_exception(env, &pending);
  throw std::bad_alloc();
}

}  // namespace planesearch
