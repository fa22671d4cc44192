#include "addon/matrix_algebra.h"

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "addon/arguments.h"
#include "addon/call.h"
#include "math/cholesky.h"

namespace planesearch {
namespace {

constexpr double kInPlace = 20e-3;

std::size_t read_order(const Napi::Value& value, const char* what) {
  const std::size_t order = read_size(value, what);
  if (order >= 1 && order <= static_cast<std::size_t>(std::numeric_limits<int>::max())) return order;
  throw argument_error(value.Env(), std::string(what) + " must be at least 1 and fit into 32 bits.");
}

Napi::Value submit(Napi::Env env, double seconds, unsigned threads, std::function<void(const Run&)> compute,
                   std::function<Napi::Value(Napi::Env)> result) {
  Call call;
  call.seconds = seconds;
  call.threads = threads;
  call.compute = std::move(compute);
  call.result = std::move(result);
  call.release = [](Napi::Env, bool) {};
  return perform(env, std::make_shared<std::atomic<bool>>(false), std::move(call));
}

// (A, n, threads): true after a change in place, false when A is not positive definite; or a promise of the changed copy or false.
Napi::Value factorize(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::size_t n = read_order(info[1], "n");
  const std::size_t square = checked_product(n, n);
  Array<double> a = read_array(info[0], square, "A");
  const Run run = run_with(env, info[2]);
  const double order = static_cast<double>(n), seconds = estimate(order * order * order / 3, 0, 0, run.threads);
  if (seconds <= kInPlace) return Napi::Boolean::New(env, cholesky(a.writable(), n, worthwhile(run, seconds)));
  struct Work {
    std::vector<double> a;
    bool positive;
  };
  const auto work = std::make_shared<Work>(Work{copy_array(a.value(), square, "A"), false});
  return submit(
      env, seconds, run.threads, [work, n](const Run& on) { work->positive = cholesky(work->a.data(), n, on); },
      [work](Napi::Env js) -> Napi::Value {
        if (!work->positive) return Napi::Boolean::New(js, false);
        return to_array(js, work->a);
      });
}

// (L, n, B, count, right, threads): undefined after a change of B in place, or a promise of the changed copy.
Napi::Value solve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::size_t n = read_order(info[1], "n"), count = read_order(info[3], "count");
  const bool right = info[4].ToBoolean();
  const std::size_t square = checked_product(n, n), size = checked_product(n, count);
  const Array<double> l = read_array(info[0], square, "L");
  Array<double> b = read_array(info[2], size, "B");
  const Run run = run_with(env, info[5]);
  const double order = static_cast<double>(n);
  const double seconds = estimate(2 * order * order * static_cast<double>(count), 0, 0, run.threads);
  if (seconds <= kInPlace) {
    cholesky_solve(l.data(), n, b.writable(), count, right, worthwhile(run, seconds));
    return env.Undefined();
  }
  struct Work {
    std::vector<double> l, b;
  };
  const auto work = std::make_shared<Work>(Work{copy_array(l.value(), square, "L"), copy_array(b.value(), size, "B")});
  return submit(
      env, seconds, run.threads,
      [work, n, count, right](const Run& on) { cholesky_solve(work->l.data(), n, work->b.data(), count, right, on); },
      [work](Napi::Env js) -> Napi::Value { return to_array(js, work->b); });
}

}  // namespace

void define_matrix_algebra(Napi::Env env, Napi::Object exports) {
  exports.Set("cholesky", guarded_function<factorize>(env, "cholesky"));
  exports.Set("choleskySolve", guarded_function<solve>(env, "choleskySolve"));
}

}  // namespace planesearch
