// MPI for lib/distributed/mpi.ts, which makes one call at a time: a result at once, or a promise. The world, and nothing else.
#include <napi.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include "operation.h"

namespace planesearch_mpi {
namespace {

constexpr auto kSpin = std::chrono::microseconds(50);
constexpr auto kYield = std::chrono::milliseconds(2);
constexpr auto kNap = std::chrono::microseconds(200);

int world_rank() {
  int rank = 0;
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank");
  return rank;
}

int world_size() {
  int size = 0;
  check(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  return size;
}

// Whose patience has ended; `missing` are the ranks that rank 0 did not hear of.
struct Late {
  std::string missing;
};

// Waits on a thread that is not the main one. Throws Late at the deadline.
void wait(Operation& operation, Clock::time_point deadline) {
  const auto began = Clock::now();
  while (!operation.advance()) {
    const auto now = Clock::now();
    if (now >= deadline) throw Late{world_rank() == 0 ? RollCall::missing(world_size()) : ""};
    if (now - began < kYield) {
      std::this_thread::yield();
      continue;
    }
    RollCall::answer();
    std::this_thread::sleep_for(kNap);
  }
}

// MPI may still write to what has not come to its end: its buffers stay where they are, as long as the process.
void abandon(std::shared_ptr<Operation> operation) {
  static std::mutex mutex;
  static auto& abandoned = *new std::vector<std::shared_ptr<Operation>>;
  const std::lock_guard<std::mutex> lock(mutex);
  abandoned.push_back(std::move(operation));
}

using Result = std::function<Napi::Value(Napi::Env)>;

Napi::Value perform(Napi::Env env, std::shared_ptr<Operation> operation, double seconds, Result result) {
  const auto began = Clock::now();
  try {
    do {
      if (operation->advance()) return result(env);
    } while (Clock::now() - began < kSpin);
  } catch (const std::exception& error) {
    abandon(operation);
    throw Napi::Error::New(env, error.what());
  }
  const auto deferred = std::make_shared<Napi::Promise::Deferred>(env);
  const Napi::Promise promise = deferred->Promise();
  auto done = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "mpi", 0, 1);
  const auto deadline = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::thread([=]() mutable {
    std::string failure, missing;
    bool late = false;
    try {
      wait(*operation, deadline);
    } catch (const Late& error) {
      abandon(operation);
      late = true;
      missing = error.missing;
    } catch (const std::exception& error) {
      abandon(operation);
      failure = error.what();
    }
    done.BlockingCall([=](Napi::Env js, Napi::Function) {
      if (!late && failure.empty()) return deferred->Resolve(result(js));
      Napi::Error error = Napi::Error::New(js, late ? "late" : failure);
      error.Set("late", late);
      error.Set("missing", missing);
      deferred->Reject(error.Value());
    });
    done.Release();
  }).detach();
  return promise;
}

std::vector<std::uint8_t> bytes_of(const Napi::Value& value) {
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ByteLength()};
}

Napi::Value to_bytes(Napi::Env env, const std::vector<std::uint8_t>& bytes) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes.size());
  if (!bytes.empty()) std::memcpy(array.Data(), bytes.data(), bytes.size());
  return array;
}

double seconds_of(const Napi::CallbackInfo& info, std::size_t at) { return info[at].As<Napi::Number>().DoubleValue(); }

Napi::Value init(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    int provided = 0;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_SERIALIZED) throw std::runtime_error("this MPI was built for one thread only");
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    check(MPI_Get_library_version(library, &length), "MPI_Get_library_version");
    Napi::Object world = Napi::Object::New(env);
    world.Set("rank", world_rank());
    world.Set("size", world_size());
    world.Set("library", std::string(library, std::strcspn(library, "\n,")));
    return world;
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

// reduce(values, largest, seconds)
Napi::Value reduce(const Napi::CallbackInfo& info) {
  const auto given = info[0].As<Napi::Float64Array>();
  auto operation = std::make_shared<Reduction>(std::vector<double>(given.Data(), given.Data() + given.ElementLength()),
                                               info[1].As<Napi::Boolean>().Value());
  return perform(info.Env(), operation, seconds_of(info, 2), [operation](Napi::Env env) -> Napi::Value {
    Napi::Float64Array out = Napi::Float64Array::New(env, operation->values.size());
    std::copy(operation->values.begin(), operation->values.end(), out.Data());
    return out;
  });
}

// broadcast(message or null, seconds)
Napi::Value broadcast(const Napi::CallbackInfo& info) {
  const bool receives = info[0].IsNull();
  auto operation = std::make_shared<Broadcast>(receives ? std::vector<std::uint8_t>() : bytes_of(info[0]), receives);
  return perform(info.Env(), operation, seconds_of(info, 1),
                 [operation](Napi::Env env) { return to_bytes(env, operation->bytes); });
}

// send(to, message, seconds)
Napi::Value send(const Napi::CallbackInfo& info) {
  auto operation = std::make_shared<Transfer>(bytes_of(info[1]), info[0].As<Napi::Number>().Int32Value(), false);
  return perform(info.Env(), operation, seconds_of(info, 2), [](Napi::Env env) { return env.Undefined(); });
}

// receive(from, seconds)
Napi::Value receive(const Napi::CallbackInfo& info) {
  auto operation = std::make_shared<Transfer>(std::vector<std::uint8_t>(), info[0].As<Napi::Number>().Int32Value(), true);
  return perform(info.Env(), operation, seconds_of(info, 1),
                 [operation](Napi::Env env) { return to_bytes(env, operation->bytes); });
}

// barrier(seconds)
Napi::Value barrier(const Napi::CallbackInfo& info) {
  return perform(info.Env(), std::make_shared<Barrier>(), seconds_of(info, 0), [](Napi::Env env) { return env.Undefined(); });
}

Napi::Value abort(const Napi::CallbackInfo& info) {
  // Some MPI waits here for processes that are gone.
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::seconds(5));
    std::_Exit(1);
  }).detach();
  MPI_Abort(MPI_COMM_WORLD, 1);
  return info.Env().Undefined();
}

// finalize(): after a barrier. It may hang where a process is gone: the process then ends by itself, with the code it was to end with.
Napi::Value finalize(const Napi::CallbackInfo& info) {
  const int code = info[0].As<Napi::Number>().Int32Value();
  std::thread([code] {
    std::this_thread::sleep_for(std::chrono::seconds(10));
    std::_Exit(code);
  }).detach();
  const std::lock_guard<std::mutex> lock(entered());
  MPI_Finalize();
  return info.Env().Undefined();
}

Napi::Object register_all(Napi::Env env, Napi::Object object) {
  object.Set("init", Napi::Function::New(env, init));
  object.Set("reduce", Napi::Function::New(env, reduce));
  object.Set("broadcast", Napi::Function::New(env, broadcast));
  object.Set("send", Napi::Function::New(env, send));
  object.Set("receive", Napi::Function::New(env, receive));
  object.Set("barrier", Napi::Function::New(env, barrier));
  object.Set("abort", Napi::Function::New(env, abort));
  object.Set("finalize", Napi::Function::New(env, finalize));
  return object;
}

}  // namespace

NODE_API_MODULE(planesearch_mpi, register_all)

}  // namespace planesearch_mpi
