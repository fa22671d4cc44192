#include "addon/tracked_loss_wrap.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "addon/arguments.h"
#include "addon/call.h"
#include "objective/errors.h"

namespace planesearch {
namespace {

std::vector<int> copy_list(const Napi::Value& value, std::size_t fields, const char* what) {
  const std::size_t length = is_array_of<int>(value) ? value.As<Napi::TypedArray>().ElementLength() : 0;
  if (length == 0 || length % fields != 0) {
    throw argument_error(value.Env(),
                         std::string(what) + " must be an Int32Array of " + std::to_string(fields) + " numbers each.");
  }
  return copy_array<int>(value, length, what);
}

std::vector<Layer> read_layers(const Napi::Value& value, std::size_t columns) {
  const std::vector<int> numbers = copy_list(value, 2, "layers");
  std::vector<Layer> layers;
  std::size_t size = 0;
  for (std::size_t at = 0; at < numbers.size(); at += 2) {
    const auto inputs = static_cast<std::size_t>(numbers[at]), outputs = static_cast<std::size_t>(numbers[at + 1]);
    const bool sizes = numbers[at] >= 1 && numbers[at + 1] >= 1 && (at > 0 || inputs == columns);
    // The parameters of all layers together, as doubles, have to be a size.
    if (!sizes || inputs + 1 > (SIZE_MAX / 32 - size) / outputs) {
      throw argument_error(value.Env(),
                           "Every layer must have sizes of at least 1, the first one that of X, and fit into memory.");
    }
    size += (inputs + 1) * outputs;
    layers.push_back({inputs, outputs});
  }
  return layers;
}

// What protects memory: that every node reads earlier ones of its own width, and a layer or columns that are there.
bool fits(const Node& node, const std::vector<Node>& earlier, const std::vector<Layer>& layers) {
  for (std::size_t i = 0; i < node.input_count(); i++) {
    if (node.inputs[i] >= earlier.size()) return false;
    if (node.kind != NodeKind::kAffine && earlier[node.inputs[i]].width != node.width) return false;
  }
  if (node.kind == NodeKind::kTracked) {
    return node.layer == 0 && node.from < layers[0].outputs && node.width <= layers[0].outputs - node.from;
  }
  if (node.kind != NodeKind::kAffine) return true;
  return node.layer >= 1 && node.layer < layers.size() && node.width == layers[node.layer].outputs &&
         earlier[node.inputs[0]].width == layers[node.layer].inputs;
}

// Per node: kind, first and second input, width, activation, layer, first column; and its sharpness.
Network read_network(Napi::Env env, const Napi::Object& spec, std::size_t columns) {
  constexpr std::size_t kFields = 7;
  std::vector<Layer> layers = read_layers(spec.Get("layers"), columns);
  const std::vector<int> numbers = copy_list(spec.Get("nodes"), kFields, "nodes");
  const std::vector<double> sharpness = copy_array(spec.Get("sharpness"), numbers.size() / kFields, "sharpness");
  std::vector<Node> nodes;
  std::vector<int> affine(layers.size());
  std::vector<std::pair<std::size_t, std::size_t>> slices;  // of the tracked product: first column, width
  for (std::size_t n = 0; n < sharpness.size(); n++) {
    const int* at = numbers.data() + n * kFields;
    if (std::any_of(at, at + kFields, [](int number) { return number < 0; }) || at[0] > 4 || at[3] == 0 ||
        at[4] >= static_cast<int>(kActivations)) {
      throw argument_error(env, "A node must have a known kind and activation and a width of at least 1.");
    }
    const auto size = [at](int field) { return static_cast<std::size_t>(at[field]); };
    const Node node{static_cast<NodeKind>(at[0]),
                    {size(1), size(2)},
                    size(3),
                    {static_cast<Activation>(at[4]), sharpness[n]},
                    size(5),
                    size(6),
                    {false, false}};
    if (!fits(node, nodes, layers)) throw argument_error(env, "Every node must take what earlier ones give.");
    if (node.kind == NodeKind::kAffine) affine[node.layer]++;
    if (node.kind == NodeKind::kTracked) slices.emplace_back(node.from, node.width);
    nodes.push_back(node);
  }
  std::sort(slices.begin(), slices.end());
  std::size_t covered = 0;
  for (const auto& [from, width] : slices) covered = from == covered ? from + width : SIZE_MAX;
  if (!std::all_of(affine.begin() + 1, affine.end(), [](int count) { return count == 1; }) || covered != layers[0].outputs) {
    throw argument_error(env, "Every layer and every column of the tracked product must belong to exactly one node.");
  }
  // Every value but the last one has a reader, so that every adjoint is written.
  std::vector<bool> used(nodes.size());
  for (const Node& node : nodes)
    for (std::size_t i = 0; i < node.input_count(); i++) used[node.inputs[i]] = true;
  if (!std::all_of(used.begin(), used.end() - 1, [](bool reader) { return reader; })) {
    throw argument_error(env, "Every value of a network must be read by a later node.");
  }
  return Network(std::move(layers), std::move(nodes));
}

Loss read_loss(const Napi::Object& spec) {
  const Napi::Env env = spec.Env();
  const Napi::Value name = spec.Get("loss");
  const LossKernels* kernels = name.IsString() ? find_loss(name.As<Napi::String>()) : nullptr;
  if (kernels == nullptr) throw argument_error(env, "loss must be the name of a native loss.");
  return {kernels, copy_array(spec.Get("lossParameters"), kernels->parameters, "lossParameters")};
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
                         guarded_method<&TrackedLossWrap::move>("move"),
                         guarded_method<&TrackedLossWrap::grow>("grow"),
                         guarded_method<&TrackedLossWrap::preview>("preview"),
                         guarded_method<&TrackedLossWrap::factors>("factors"),
                         guarded_method<&TrackedLossWrap::coordinate_sweep>("coordinateSweep"),
                         guarded_method<&TrackedLossWrap::outputs>("outputs"),
                         guarded_method<&TrackedLossWrap::products>("products"),
                         guarded_method<&TrackedLossWrap::resume>("resume"),
                         guarded_method<&TrackedLossWrap::node_value>("nodeValue"),
                         guarded_method<&TrackedLossWrap::replace_behind>("replaceBehind"),
                         guarded_method<&TrackedLossWrap::cancel>("cancel"),
                         guarded_method<&TrackedLossWrap::dispose>("dispose"),
                     });
}

TrackedLossWrap::TrackedLossWrap(const Napi::CallbackInfo& info) try : Napi
  ::ObjectWrap<TrackedLossWrap>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsObject()) throw argument_error(env, "TrackedLoss takes one object.");
    const auto spec = info[0].As<Napi::Object>();
    data_ = DataMatrixWrap::handle_of(spec.Get("matrix"));
    if (!data_) throw argument_error(env, "matrix must be a native DataMatrix.");
    const Napi::Value begin = spec.Get("from"), length = spec.Get("count");
    const std::size_t from = begin.IsUndefined() ? 0 : read_size(begin, "from");
    const std::size_t rows = length.IsUndefined() ? data_->rows : read_size(length, "count");
    if (rows == 0 || rows > data_->rows || from > data_->rows - rows) {
      throw argument_error(env, "The range of rows must have at least one and lie within the matrix.");
    }
    threads_ = static_cast<unsigned>(
        std::min<std::size_t>(std::max<std::size_t>(1, read_size(spec.Get("threads"), "threads")), 256));
    Network network = read_network(env, spec, data_->columns);
    Loss loss = read_loss(spec);
    const std::size_t outputs = network.outputs();
    memory_ = read_size(spec.Get("memory"), "memory");
    const Napi::Value first = spec.Get("sample");
    const std::size_t sample = first.IsUndefined() ? rows : read_size(first, "sample");
    if (sample == 0 || sample > rows) throw argument_error(env, "The sample must have at least one row and at most all.");
    const Napi::Value weights = spec.Get("weights"), offsets = spec.Get("offsets"), target_values = spec.Get("targets");
    // From here on no getter of `spec` runs that could detach these three.
    const auto weight_values = read_optional(weights, rows, "weights");
    const auto offset_values = read_optional(offsets, checked_product(rows, outputs), "offsets");
    const Array<double> targets = read_array(target_values, checked_product(rows, loss.target_width(outputs)), "targets");
    state_->core =
        std::make_shared<TrackedLoss>(std::move(network), std::move(loss),
                                      RowTargets{from, targets.data(), data_of(offset_values), data_of(weight_values), rows},
                                      data_->cutting, memory_, sample);
    info.This().As<Napi::Object>().TypeTag(&kTag);
    report(env, static_cast<std::int64_t>(state_->core->bytes()));
  }
catch (...) {
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

// Of `rows` rows.
double TrackedLossWrap::product_seconds(const Network& network, double count, std::size_t rows) const {
  if (!data_->matrix) return 0;
  if (data_->matrix->waits()) return kAlwaysLater;
  count *= static_cast<double>(rows) / static_cast<double>(data_->rows);
  const double width = static_cast<double>(network.first_width());
  return estimate(count * data_->matrix->product_flops(width), count * static_cast<double>(data_->matrix->bytes()), 0,
                  threads_);
}

double TrackedLossWrap::pass_seconds(const Network& network, double tangents, std::size_t rows) const {
  double units = 0, weights = 0;
  for (const Node& node : network.nodes()) units += static_cast<double>(node.width);
  for (std::size_t l = 1; l < network.depth(); l++) {
    weights += static_cast<double>(network.layer(l).inputs * network.layer(l).outputs);
  }
  const double n = static_cast<double>(rows);
  return estimate(2 * n * weights * (1 + 2 * tangents), 0, n * units * (1 + 0.5 * tangents), threads_);
}

double TrackedLossWrap::factor_seconds(const Network& network, double rows, bool input_factor) const {
  double flops = 0, units = 0;
  for (std::size_t l = 0; l < network.depth(); l++) {
    const double inputs = static_cast<double>(network.layer(l).inputs + 1),
                 outputs = static_cast<double>(network.layer(l).outputs);
    units += outputs;
    flops += outputs * outputs;
    if (l > 0) flops += 4 * inputs * outputs;
    if (l > 0 || input_factor) flops += inputs * inputs;
  }
  return estimate(rows * flops, 0, 4 * rows * units, threads_);
}

Napi::Value TrackedLossWrap::start(Napi::Env env, double seconds, Computation compute,
                                   std::function<Napi::Value(Napi::Env)> result) {
  // Reading the arguments may have run getters of the caller's, which may have called this object.
  const std::shared_ptr<TrackedLoss> core = open(env);
  auto flag = std::make_shared<std::atomic<bool>>(false);
  report(env, static_cast<std::int64_t>(core->bytes()));
  Call call;
  call.seconds = seconds;
  call.threads = threads_;
  call.compute = [core, compute = std::move(compute)](const Run& run) { compute(*core, run); };
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
      env, product_seconds(core->network(), 1, core->rows()),
      [x = data_->use(env), parameters, drift](TrackedLoss& loss, const Run& run) {
        *drift = loss.restart(*x, *parameters, run);
      },
      [drift](Napi::Env js) -> Napi::Value { return Napi::Number::New(js, *drift); });
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
  columns->fresh = copy_arrays(info[0], size, "fresh directions", 0, std::exchange(state_->fresh, {}));
  columns->memory = copy_arrays(info[1], size, "memory directions", core->network().deep_begin());
  columns->variables = copy_array<int>(info[2], (columns->fresh.size() + columns->memory.size()) * depth, "variables");
  const std::size_t count = read_size(info[3], "k");
  if (columns->memory.size() > core->known_steps()) {
    throw argument_error(env, "Memory directions need known products: " + std::to_string(columns->memory.size()) +
                                  " were given, but " + std::to_string(core->known_steps()) + " past steps are kept.");
  }
  if (count > columns->variables.size()) throw argument_error(env, "k must be at most the number of `variables`.");
  for (int variable : columns->variables) {
    if (variable >= -1 && variable < static_cast<std::int64_t>(count)) continue;
    throw argument_error(env, "variables must lie between -1 and k - 1.");
  }
  return start(
      env, product_seconds(core->network(), static_cast<double>(columns->fresh.size()), core->rows()),
      [x = data_->use(env), columns, count](TrackedLoss& loss, const Run& run) {
        loss.span(*x, columns->fresh, columns->memory, columns->variables, static_cast<int>(count), run);
      },
      [columns, state = state_](Napi::Env js) -> Napi::Value {
        if (state->core) state->fresh = std::move(columns->fresh);
        return js.Undefined();
      });
}

Napi::Value TrackedLossWrap::loss_at(const Napi::CallbackInfo& info,
                                     double (TrackedLoss::*compute)(const std::vector<double>&, const Run&)) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_span(); });
  const auto t = std::make_shared<std::vector<double>>(copy_array(info[0], core->variables(), "t"));
  const auto result = std::make_shared<double>(0);
  return start(
      env, pass_seconds(core->network(), 0, core->rows()),
      [t, result, compute](TrackedLoss& loss, const Run& run) { *result = (loss.*compute)(*t, run); },
      [result](Napi::Env js) -> Napi::Value { return Napi::Number::New(js, *result); });
}

Napi::Value TrackedLossWrap::value(const Napi::CallbackInfo& info) { return loss_at(info, &TrackedLoss::value); }

Napi::Value TrackedLossWrap::move(const Napi::CallbackInfo& info) { return loss_at(info, &TrackedLoss::move); }

Napi::Value TrackedLossWrap::evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_span(); });
  const auto t = std::make_shared<std::vector<double>>(copy_array(info[0], core->variables(), "t"));
  const auto result = std::make_shared<Derivatives>();
  return start(
      env, pass_seconds(core->network(), static_cast<double>(core->variables()), core->rows()),
      [t, result](TrackedLoss& loss, const Run& run) { *result = loss.evaluate(*t, run); },
      [result](Napi::Env js) -> Napi::Value {
        Napi::Object evaluation = Napi::Object::New(js);
        evaluation.Set("value", result->value);
        evaluation.Set("slopes", to_array(js, result->slopes));
        evaluation.Set("curvature", to_array(js, result->curvature));
        return evaluation;
      });
}

Napi::Value TrackedLossWrap::advance(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool stay = info[0].IsNull() || info[0].IsUndefined();
  const auto core = open(env, [stay](const TrackedLoss& loss) { stay ? loss.require_started() : loss.require_span(); });
  struct Move {
    std::vector<double> t, gradient;
    BlockLoss loss{0, 0, 0};
  };
  const auto move = std::make_shared<Move>();
  move->gradient = std::exchange(state_->gradient, {});
  if (!stay) move->t = copy_array(info[0], core->variables(), "t");
  const std::size_t size = core->network().size();
  const auto gradient = std::make_shared<Napi::ObjectReference>(
      Napi::Persistent(read_array(info[1], size, "gradient").value().As<Napi::Object>()));
  return start(
      env, product_seconds(core->network(), 1, core->rows()) + pass_seconds(core->network(), 1, core->rows()),
      [x = data_->use(env), move, stay](TrackedLoss& loss, const Run& run) {
        move->loss = loss.advance(*x, stay ? nullptr : &move->t, move->gradient, run);
      },
      [move, gradient, state = state_](Napi::Env js) -> Napi::Value {
        // JavaScript may have taken its memory away meanwhile, which TypeScript then says.
        auto to = find_array<double>(gradient->Value());
        if (to && to->size() == move->gradient.size()) {
          std::copy(move->gradient.begin(), move->gradient.end(), to->writable());
        }
        if (state->core) state->gradient = std::move(move->gradient);
        Napi::Object result = Napi::Object::New(js);
        result.Set("value", move->loss.value);
        result.Set("slopeMass", move->loss.slope_mass);
        result.Set("largestSlope", move->loss.largest_slope);
        return result;
      });
}

Napi::Value TrackedLossWrap::grow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  struct Growth {
    std::vector<double> parameters;
    std::vector<std::vector<double>> memory;
  };
  const auto growth = std::make_shared<Growth>();
  growth->parameters = copy_array(info[0], core->network().size(), "parameters");
  growth->memory = copy_arrays(info[1], core->network().size(), "past steps");
  const std::size_t rows = read_size(info[2], "rows"), joining = rows - std::min(rows, core->rows());
  if (joining == 0 || rows > core->all_rows()) {
    throw argument_error(env, "A sample grows to more rows than it has, and at most to all.");
  }
  return start(
      env, product_seconds(core->network(), static_cast<double>(1 + growth->memory.size()), joining),
      [x = data_->use(env), growth, rows](TrackedLoss& loss, const Run& run) {
        loss.grow(*x, rows, growth->parameters, growth->memory, run);
      },
      [](Napi::Env js) -> Napi::Value { return js.Undefined(); });
}

Napi::Value TrackedLossWrap::preview(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const auto parameters = std::make_shared<std::vector<double>>(copy_array(info[0], core->network().size(), "parameters"));
  const std::size_t count = read_size(info[1], "count");
  if (count == 0 || count > core->all_rows() - core->rows()) {
    throw argument_error(env, "The rows ahead of a sample must be at least one, and be there.");
  }
  const auto result = std::make_shared<double>(0);
  return start(
      env, product_seconds(core->network(), 1, count) + pass_seconds(core->network(), 0, count),
      [x = data_->use(env), parameters, count, result](TrackedLoss& loss, const Run& run) {
        *result = loss.preview(*x, count, *parameters, run);
      },
      [result](Napi::Env js) -> Napi::Value { return Napi::Number::New(js, *result); });
}

Napi::Value TrackedLossWrap::factors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const std::size_t most = read_size(info[0], "maxRows"), seed = read_size(info[1], "seed");
  if (most == 0 || seed > 0xffffffff)
    throw argument_error(env, "maxRows must be at least 1 and seed a 32-bit unsigned integer.");
  const std::shared_ptr<DataMatrix> x = info[2].ToBoolean() ? data_->use(env) : nullptr;
  const auto factors = std::make_shared<CurvatureFactors>();
  return start(
      env,
      x != nullptr && x->waits()
          ? kAlwaysLater
          : factor_seconds(core->network(), static_cast<double>(std::min(most, core->rows())), x != nullptr),
      [x, most, seed, factors](TrackedLoss& loss, const Run& run) {
        *factors = loss.factors(x.get(), most, static_cast<std::uint32_t>(seed), run);
      },
      [factors](Napi::Env js) -> Napi::Value {
        const auto list = [js](const std::vector<std::vector<double>>& matrices) {
          Napi::Array array = Napi::Array::New(js, matrices.size());
          for (std::uint32_t l = 0; l < matrices.size(); l++) {
            array[l] = matrices[l].empty() ? js.Null() : Napi::Value(to_array(js, matrices[l]));
          }
          return array;
        };
        Napi::Object result = Napi::Object::New(js);
        result.Set("outputs", list(factors->outputs));
        result.Set("inputs", list(factors->inputs));
        result.Set("shares", to_array(js, factors->shares));
        return result;
      });
}

namespace {

// Only the first layer can be bent, and a layer that is known says how the outputs move with its units.
void read_kinds(const Napi::Object& object, const Network& network, SweepRequest& request) {
  const std::vector<int> kinds = copy_array<int>(object.Get("kinds"), network.depth(), "kinds");
  const Napi::Value effects = object.Get("effects");
  if (!effects.IsArray() || effects.As<Napi::Array>().Length() != network.depth()) {
    throw argument_error(object.Env(), "effects must be an array of a Float64Array for every layer.");
  }
  for (std::uint32_t l = 0; l < kinds.size(); l++) {
    const int most = l == 0 ? 0 : 1;
    if (kinds[l] < most || kinds[l] > 2) throw argument_error(object.Env(), "kinds must be 0 (first layer only), 1 or 2.");
    const auto kind = static_cast<Kind>(kinds[l]);
    const std::size_t size = kind == Kind::kGuessed ? 0 : network.layer(l).outputs * network.outputs();
    request.kinds.push_back(kind);
    request.effects.push_back(copy_array(effects.As<Napi::Array>().Get(l), size, "effects"));
  }
}

SweepRequest read_sweep(const Napi::Object& object, const Network& network) {
  const auto number = [&](const char* name) { return read_number(object.Get(name), name); };
  SweepRequest request;
  const std::size_t search = read_size(object.Get("search"), "search");
  if (search > 2) throw argument_error(object.Env(), "search must be 0, 1 or 2.");
  request.search = static_cast<Search>(search);
  request.gradient = copy_array(object.Get("gradient"), network.size(), "gradient");
  request.layer_l2 = copy_array(object.Get("layerL2"), network.depth(), "layerL2");
  request.input_penalty = copy_array(object.Get("inputPenalty"), network.layer(0).inputs, "inputPenalty");
  request.input_scale = copy_array(object.Get("inputScale"), network.layer(0).inputs, "inputScale");
  // Only the trials want the weights themselves, and only for the penalty.
  const Array<double> parameters = read_array(object.Get("parameters"), network.size(), "parameters");
  const auto& penalty = request.input_penalty;
  if (std::any_of(penalty.begin(), penalty.end(), [](double weight) { return weight != 0; })) {
    request.parameters.assign(parameters.data(), parameters.data() + network.first_bias());
  }
  request.moving = copy_array<int>(object.Get("moving"), 2 * network.depth(), "moving");
  read_kinds(object, network, request);
  const std::vector<double> constants = copy_array(object.Get("constants"), 6, "constants");
  request.constants = {constants[0], constants[1], constants[2], constants[3], constants[4], constants[5]};
  request.threshold = number("threshold");
  request.gradient_rate = number("gradientRate");
  request.first_step = number("firstStep");
  request.max_trials = read_size(object.Get("maxTrials"), "maxTrials");
  if (!(request.first_step > 0) || request.max_trials == 0)
    throw argument_error(object.Env(), "firstStep and maxTrials must be above 0.");
  return request;
}

}  // namespace

// The curvature is one product; a trial takes five operations where a product takes one.
double TrackedLossWrap::sweep_seconds(const Network& network, std::size_t rows) const {
  return pass_seconds(network, 1, rows) + product_seconds(network, 6, rows);
}

Napi::Value TrackedLossWrap::coordinate_sweep(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  if (!info[0].IsObject()) throw argument_error(env, "coordinateSweep takes one object.");
  const auto request = std::make_shared<SweepRequest>(read_sweep(info[0].As<Napi::Object>(), core->network()));
  const auto proposal = std::make_shared<Output<double>>(env, core->network().size());
  double* out = proposal->data();
  const auto counts = std::make_shared<SweepCounts>();
  return start(
      env, sweep_seconds(core->network(), core->rows()),
      [x = data_->use(env), request, out, counts](TrackedLoss& loss, const Run& run) {
        *counts = loss.coordinate_sweep(*x, *request, out, run);
      },
      [proposal, counts](Napi::Env js) -> Napi::Value {
        Napi::Object result = Napi::Object::New(js);
        result.Set("proposal", proposal->value(js));
        result.Set("searched", static_cast<double>(counts->searched));
        result.Set("evaluations", static_cast<double>(counts->evaluations));
        return result;
      });
}

Napi::Value TrackedLossWrap::outputs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const auto outputs = std::make_shared<Output<double>>(env, checked_product(core->rows(), core->network().outputs()));
  double* out = outputs->data();
  return start(
      env, pass_seconds(core->network(), 0, core->rows()),
      [out](TrackedLoss& loss, const Run& run) { loss.outputs(out, run); },
      [outputs](Napi::Env js) -> Napi::Value { return outputs->value(js); });
}

// Copied by the calling thread: a checkpoint is rare, and its arrays belong to JavaScript. The list is filled when all are copied:
// putting an element into it may run a setter of Array.prototype, which may call this object.
Napi::Value TrackedLossWrap::products(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const std::size_t count = 1 + core->known_steps(), size = checked_product(core->rows(), core->network().first_width());
  std::vector<Output<double>> copies;
  for (std::size_t j = 0; j < count; j++) {
    copies.emplace_back(env, size);
    core->copy_product(j, copies.back().data());
  }
  Napi::Array list = Napi::Array::New(env, count);
  for (std::uint32_t j = 0; j < count; j++) list[j] = copies[j].value(env);
  return list;
}

Napi::Value TrackedLossWrap::resume(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env);
  const auto parameters = std::make_shared<std::vector<double>>(copy_array(info[0], core->network().size(), "parameters"));
  const std::size_t rows = info[2].IsUndefined() ? core->all_rows() : read_size(info[2], "rows");
  if (rows == 0 || rows > core->all_rows()) {
    throw argument_error(env, "The sample must have at least one row and at most all.");
  }
  const std::size_t size = checked_product(rows, core->network().first_width());
  const std::vector<std::vector<double>> given = copy_arrays(info[1], size, "products");
  if (given.empty() || given.size() > 1 + memory_) {
    throw argument_error(
        env, "products must be the tracked one and at most those of the " + std::to_string(memory_) + " past steps kept.");
  }
  const auto products = std::make_shared<std::vector<double>>();
  for (const std::vector<double>& product : given) products->insert(products->end(), product.begin(), product.end());
  return start(
      env, estimate(0, 16 * static_cast<double>(products->size()), 0, 1),
      [parameters, products, rows, count = given.size()](TrackedLoss& loss, const Run&) {
        loss.resume(*parameters, *products, count, rows);
      },
      [](Napi::Env js) -> Napi::Value { return js.Undefined(); });
}

Napi::Value TrackedLossWrap::node_value(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const std::size_t node = read_size(info[0], "node");
  if (node >= core->network().nodes().size()) throw argument_error(env, "node must be one of the network.");
  const std::size_t size = checked_product(core->rows(), core->network().node(node).width);
  const auto values = std::make_shared<Output<double>>(env, size);
  double* out = values->data();
  return start(
      env, pass_seconds(core->network(), 0, core->rows()) + estimate(0, 16 * static_cast<double>(size), 0, threads_),
      [node, out](TrackedLoss& loss, const Run& run) { loss.copy_value(node, out, run); },
      [values](Napi::Env js) -> Napi::Value { return values->value(js); });
}

Napi::Value TrackedLossWrap::replace_behind(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto core = open(env, [](const TrackedLoss& loss) { loss.require_started(); });
  const std::vector<double> parameters = copy_array(info[0], core->network().size(), "parameters");
  // Reading the argument may have run getters of the caller's, which may have called this object.
  open(env, [](const TrackedLoss& loss) { loss.require_started(); })->replace_deep(parameters);
  return env.Undefined();
}

void TrackedLossWrap::cancel(const Napi::CallbackInfo&) {
  if (state_->running) state_->running->store(true);
}

void TrackedLossWrap::dispose(const Napi::CallbackInfo& info) {
  cancel(info);
  *state_ = State{nullptr, state_->running, {}, {}};
  report(info.Env(), 0);
}

}  // namespace planesearch
