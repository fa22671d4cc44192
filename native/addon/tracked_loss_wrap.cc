#include "addon/tracked_loss_wrap.h"

#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/call.h"
#include "objective/errors.h"

namespace planesearch {
namespace {

Network read_network(Napi::Env env, const Napi::Value& value, std::size_t columns) {
  const std::size_t fields = 3;
  if (!value.IsTypedArray()) throw argument_error(env, "layers must be an Int32Array.");
  const std::size_t length = value.As<Napi::TypedArray>().ElementLength();
  const std::vector<int> numbers = copy_integers(value, length, "layers");
  if (length == 0 || length % fields != 0) throw argument_error(env, "layers must hold inputs, outputs, activation of each layer.");
  std::vector<Layer> layers;
  std::size_t inputs = columns;
  for (std::size_t at = 0; at < length; at += fields) {
    const int activation = numbers[at + 2];
    if (numbers[at] < 1 || static_cast<std::size_t>(numbers[at]) != inputs || numbers[at + 1] < 1 || activation < 0 || activation > 3) {
      throw argument_error(env, "Every layer must take what the one before it gives.");
    }
    inputs = static_cast<std::size_t>(numbers[at + 1]);
    layers.push_back({static_cast<std::size_t>(numbers[at]), inputs, static_cast<Activation>(activation)});
  }
  return Network(std::move(layers));
}

}  // namespace

Napi::Function TrackedLossWrap::define(Napi::Env env) {
  return DefineClass(env, "TrackedLoss",
                     {
                         guarded_method<&TrackedLossWrap::restart>("restart"),
                         guarded_method<&TrackedLossWrap::span>("span"),
                         guarded_method<&TrackedLossWrap::value>("value"),
                         guarded_method<&TrackedLossWrap::evaluate>("evaluate"),
                         guarded_method<&TrackedLossWrap::advance>("advance"),
                         guarded_method<&TrackedLossWrap::factors>("factors"),
                         guarded_method<&TrackedLossWrap::coordinate_sweep>("coordinateSweep"),
                         guarded_method<&TrackedLossWrap::cancel>("cancel"),
                         guarded_method<&TrackedLossWrap::dispose>("dispose"),
                     });
}

TrackedLossWrap::TrackedLossWrap(const Napi::CallbackInfo& info) try : Napi::ObjectWrap<TrackedLossWrap>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) throw argument_error(env, "TrackedLoss takes one object.");
  const auto spec = info[0].As<Napi::Object>();
  const Napi::Value matrix_value = spec.Get("matrix");
  if (!matrix_value.IsObject() || !matrix_value.As<Napi::Object>().InstanceOf(Environment::of(env).matrix_class.Value())) {
    throw argument_error(env, "matrix must be a native DataMatrix.");
  }
  data_ = DataMatrixWrap::Unwrap(matrix_value.As<Napi::Object>())->handle();
  const std::size_t rows = data_->rows;
  threads_ = static_cast<unsigned>(std::min<std::size_t>(std::max<std::size_t>(1, read_size(spec.Get("threads"), "threads")), 256));
  Network network = read_network(env, spec.Get("layers"), data_->columns);
  const std::size_t loss_number = read_size(spec.Get("loss"), "loss"), outputs = network.outputs();
  if (loss_number > 2) throw argument_error(env, "loss must be 0, 1 or 2.");
  const Loss loss = static_cast<Loss>(loss_number);
  if (loss == Loss::kLogistic && outputs != 1) throw argument_error(env, "The logistic loss takes one output.");
  const Napi::Float64Array targets = read_array(spec.Get("targets"), rows * target_width(loss, outputs), "targets");
  const std::vector<double> weights = copy_array(spec.Get("weights"), rows, "weights");
  try {
    state_->core = std::make_shared<TrackedLoss>(std::move(network), loss, targets.Data(), weights,
                                                 read_size(spec.Get("memory"), "memory"));
  } catch (...) {
    throw to_error(env, std::current_exception());
  }
  report(env, static_cast<std::int64_t>(state_->core->bytes()));
} catch (...) {
  throw to_error(info.Env(), std::current_exception());
}

void TrackedLossWrap::report(Napi::Env env, std::int64_t bytes) {
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes - std::exchange(reported_, bytes));
}

void TrackedLossWrap::Finalize(Napi::Env env) { report(env, 0); }

std::shared_ptr<TrackedLoss> TrackedLossWrap::open(Napi::Env env) const {
  const auto refuse = [&](const char* code, const char* sentence) {
    return to_error(env, std::make_exception_ptr(CodedError(code, sentence)));
  };
  if (!state_->core) throw refuse("DISPOSED", "This tracked loss has been disposed.");
  if (state_->running) throw refuse("INVALID_ARGUMENT", "The tracked loss is still busy: await the call before this one.");
  return state_->core;
}

template <class Check>
std::shared_ptr<TrackedLoss> TrackedLossWrap::open(Napi::Env env, Check check) const {
  auto core = open(env);
  try {
    check(*core);
  } catch (...) {
    throw to_error(env, std::current_exception());
  }
  return core;
}

double TrackedLossWrap::product_seconds(double count) const {
  const double size = static_cast<double>(data_->rows) * static_cast<double>(data_->columns);
  return estimate(2 * count * size * static_cast<double>(state_->core->network().first_width()), 8 * count * size, 0, threads_);
}

double TrackedLossWrap::pass_seconds(double tangents) const {
  const Network& network = state_->core->network();
  double units = 0, weights = 0;
  for (std::size_t l = 0; l < network.depth(); l++) {
    units += static_cast<double>(network.layer(l).outputs);
    if (l > 0) weights += static_cast<double>(network.layer(l).inputs * network.layer(l).outputs);
  }
  const double n = static_cast<double>(data_->rows);
  return estimate(2 * n * weights * (1 + 2 * tangents), 0, n * units * (1 + 0.5 * tangents), threads_);
}

double TrackedLossWrap::factor_seconds(double rows, bool input_factor) const {
  const Network& network = state_->core->network();
  double flops = 0, units = 0;
  for (std::size_t l = 0; l < network.depth(); l++) {
    const double inputs = static_cast<double>(network.layer(l).inputs + 1), outputs = static_cast<double>(network.layer(l).outputs);
    units += outputs;
    flops += outputs * outputs;
    if (l > 0) flops += 4 * inputs * outputs;
    if (l > 0 || input_factor) flops += inputs * inputs;
  }
  return estimate(rows * flops, 0, 4 * rows * units, threads_);
}

Napi::Value TrackedLossWrap::start(Napi::Env env, double seconds, Computation compute,
                                   std::function<Napi::Value(Napi::Env)> result) {
  auto flag = std::make_shared<std::atomic<bool>>(false);
  report(env, static_cast<std::int64_t>(state_->core->bytes()));
  Call call;
  call.seconds = seconds;
  call.threads = threads_;
  call.compute = [core = state_->core, compute = std::move(compute)](const Run& run) { compute(*core, run); };
  call.result = std::move(result);
  call.release = [state = state_](Napi::Env, bool failed) {
    state->running = nullptr;
    if (failed && state->core) state->core->forget();
  };
  state_->running = flag;  // from here on nothing fails before perform has taken the call
  return perform(env, flag, std::move(call));
}

Napi::Value TrackedLossWrap::restart(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env);
  const auto parameters = std::make_shared<std::vector<double>>(copy_array(info[0], core->network().size(), "parameters"));
  const auto drift = std::make_shared<double>(0);
  return start(
      env, product_seconds(1),
      [x = data_->open(env), parameters, drift](TrackedLoss& loss, const Run& run) {
        *drift = loss.restart(*x, *parameters, run);
      },
      [drift](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, *drift); });
}

Napi::Value TrackedLossWrap::span(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  struct Columns {
    std::vector<std::vector<double>> fresh, memory;
    std::vector<int> variables;
  };
  const auto columns = std::make_shared<Columns>();
  const std::size_t size = core->network().size(), depth = core->network().depth();
  columns->fresh = copy_arrays(info[0], size, "fresh directions");
  columns->memory = copy_arrays(info[1], size, "memory directions");
  columns->variables = copy_integers(info[2], (columns->fresh.size() + columns->memory.size()) * depth, "variables");
  const std::size_t count = read_size(info[3], "k");
  if (columns->memory.size() > core->known_steps()) {
    throw argument_error(env, "Memory directions need known products: " + std::to_string(columns->memory.size()) +
                                  " were given, but " + std::to_string(core->known_steps()) + " past steps are kept.");
  }
  for (int variable : columns->variables) {
    if (variable >= -1 && variable < static_cast<std::int64_t>(count)) continue;
    throw argument_error(env, "variables must lie between -1 and k - 1.");
  }
  return start(
      env, product_seconds(static_cast<double>(columns->fresh.size())),
      [x = data_->open(env), columns, count](TrackedLoss& loss, const Run& run) {
        loss.span(*x, columns->fresh, columns->memory, columns->variables, static_cast<int>(count), run);
      },
      [](Napi::Env env) -> Napi::Value { return env.Undefined(); });
}

Napi::Value TrackedLossWrap::value(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_span(); });
  const auto t = std::make_shared<std::vector<double>>(copy_array(info[0], core->variables(), "t"));
  const auto result = std::make_shared<double>(0);
  return start(
      env, pass_seconds(0), [t, result](TrackedLoss& loss, const Run& run) { *result = loss.value(*t, run); },
      [result](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, *result); });
}

Napi::Value TrackedLossWrap::evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_span(); });
  const auto t = std::make_shared<std::vector<double>>(copy_array(info[0], core->variables(), "t"));
  const auto result = std::make_shared<Derivatives>();
  return start(
      env, pass_seconds(static_cast<double>(core->variables())),
      [t, result](TrackedLoss& loss, const Run& run) { *result = loss.evaluate(*t, run); },
      [result](Napi::Env env) -> Napi::Value {
        Napi::Object evaluation = Napi::Object::New(env);
        evaluation.Set("value", result->value);
        evaluation.Set("slopes", to_array(env, result->slopes));
        evaluation.Set("curvature", to_array(env, result->curvature));
        return evaluation;
      });
}

Napi::Value TrackedLossWrap::advance(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool stay = info[0].IsNull() || info[0].IsUndefined();
  const auto core = open(env, [stay](const TrackedLoss& loss) { stay ? loss.require_started() : loss.require_span(); });
  struct Move {
    std::vector<double> t, gradient;
    double value = 0;
  };
  const auto move = std::make_shared<Move>();
  if (!stay) move->t = copy_array(info[0], core->variables(), "t");
  return start(
      env, product_seconds(1) + pass_seconds(1),
      [x = data_->open(env), move, stay](TrackedLoss& loss, const Run& run) {
        move->value = loss.advance(*x, stay ? nullptr : &move->t, move->gradient, run);
      },
      [move](Napi::Env env) -> Napi::Value {
        Napi::Object result = Napi::Object::New(env);
        result.Set("value", move->value);
        result.Set("gradient", to_array(env, move->gradient));
        return result;
      });
}

Napi::Value TrackedLossWrap::factors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const std::size_t most = read_size(info[0], "maxRows"), seed = read_size(info[1], "seed");
  if (most == 0 || seed > 0xffffffff) throw argument_error(env, "maxRows must be at least 1 and seed a 32-bit unsigned integer.");
  const std::shared_ptr<const DenseMatrix> x = info[2].ToBoolean() ? data_->open(env) : nullptr;
  const auto factors = std::make_shared<CurvatureFactors>();
  return start(
      env, factor_seconds(static_cast<double>(std::min(most, data_->rows)), x != nullptr),
      [x, most, seed, factors](TrackedLoss& loss, const Run& run) {
        *factors = loss.factors(x.get(), most, static_cast<std::uint32_t>(seed), run);
      },
      [factors](Napi::Env env) -> Napi::Value {
        const auto list = [env](const std::vector<std::vector<double>>& matrices) {
          Napi::Array array = Napi::Array::New(env, matrices.size());
          for (std::uint32_t l = 0; l < matrices.size(); l++) {
            array[l] = matrices[l].empty() ? env.Null() : Napi::Value(to_array(env, matrices[l]));
          }
          return array;
        };
        Napi::Object result = Napi::Object::New(env);
        result.Set("outputs", list(factors->outputs));
        result.Set("inputs", list(factors->inputs));
        return result;
      });
}

namespace {

SweepRequest read_sweep(const Napi::Object& object, const Network& network) {
  const auto number = [&](const char* name) { return object.Get(name).ToNumber().DoubleValue(); };
  SweepRequest request;
  const std::size_t search = read_size(object.Get("search"), "search");
  if (search > 2) throw argument_error(object.Env(), "search must be 0, 1 or 2.");
  request.search = static_cast<Search>(search);
  request.gradient = copy_array(object.Get("gradient"), network.size(), "gradient");
  request.l2 = number("l2");
  // Only the trials want the weights themselves, and only for the penalty.
  const Napi::Float64Array parameters = read_array(object.Get("parameters"), network.size(), "parameters");
  if (request.l2 != 0) request.parameters.assign(parameters.Data(), parameters.Data() + network.first_bias());
  request.moving = copy_integers(object.Get("moving"), 2 * network.depth(), "moving");
  request.threshold = number("threshold");
  request.gradient_rate = number("gradientRate");
  request.first_step = number("firstStep");
  request.max_trials = read_size(object.Get("maxTrials"), "maxTrials");
  return request;
}

}  // namespace

// The curvature is one product; a trial takes five operations where a product takes one.
double TrackedLossWrap::sweep_seconds() const { return pass_seconds(1) + product_seconds(6); }

Napi::Value TrackedLossWrap::coordinate_sweep(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  if (!info[0].IsObject()) throw argument_error(env, "coordinateSweep takes one object.");
  const auto request = std::make_shared<SweepRequest>(read_sweep(info[0].As<Napi::Object>(), core->network()));
  // JavaScript cannot reach the proposal before it is handed out, so a job may write into it.
  Napi::Float64Array proposal = new_array(env, core->network().size());
  double* out = proposal.Data();
  const auto held = std::make_shared<Napi::Reference<Napi::Float64Array>>(Napi::Persistent(proposal));
  const auto counts = std::make_shared<SweepCounts>();
  return start(
      env, sweep_seconds(),
      [x = data_->open(env), request, out, counts](TrackedLoss& loss, const Run& run) {
        *counts = loss.coordinate_sweep(*x, *request, out, run);
      },
      [held, counts](Napi::Env env) -> Napi::Value {
        Napi::Object result = Napi::Object::New(env);
        result.Set("proposal", held->Value());
        result.Set("searched", static_cast<double>(counts->searched));
        result.Set("evaluations", static_cast<double>(counts->evaluations));
        return result;
      });
}

void TrackedLossWrap::cancel(const Napi::CallbackInfo&) {
  if (state_->running) state_->running->store(true);
}

void TrackedLossWrap::dispose(const Napi::CallbackInfo& info) {
  cancel(info);
  state_->core = nullptr;
  report(info.Env(), 0);
}

}  // namespace planesearch
