// JavaScript class TrackedLoss({matrix, threads, layers, nodes, sharpness, loss, lossParameters, targets, offsets, weights, memory, from,
// count, sample}) over a native TrackedLoss.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <vector>

#include "addon/data_matrix_wrap.h"
#include "addon/environment.h"
#include "objective/tracked_loss.h"

namespace planesearch {

class TrackedLossWrap : public Napi::ObjectWrap<TrackedLossWrap> {
 public:
  static constexpr napi_type_tag kTag{0x2b94d7f3611c4a08, 0x8f0e6ac25d3719b4};

  static Napi::Function define(Napi::Env env);
  explicit TrackedLossWrap(const Napi::CallbackInfo& info);
  void Finalize(Napi::Env env) override;

 private:
  // What `value` and `move` have in common.
  Napi::Value loss_at(const Napi::CallbackInfo& info,
                      double (TrackedLoss::*compute)(const std::vector<double>&, const Run&));

  // Shared with the job in flight, which may outlive the JavaScript object.
  struct State {
    std::shared_ptr<TrackedLoss> core;
    Flag running;  // set while a job is in flight
    // Of the last calls, whose memory the next ones take.
    std::vector<std::vector<double>> fresh;
    std::vector<double> gradient;
  };

  using Computation = std::function<void(TrackedLoss&, const Run&)>;

  Napi::Value restart(const Napi::CallbackInfo& info);   // (parameters) -> number
  Napi::Value span(const Napi::CallbackInfo& info);      // (fresh, memory, variables, k) -> undefined
  Napi::Value value(const Napi::CallbackInfo& info);     // (t) -> number
  Napi::Value evaluate(const Napi::CallbackInfo& info);  // (t) -> {value, slopes, curvature}
  Napi::Value advance(const Napi::CallbackInfo& info);   // (t | null, gradient to fill) -> {value, slopeMass, largestSlope}
  Napi::Value move(const Napi::CallbackInfo& info);      // (t) -> loss
  Napi::Value grow(const Napi::CallbackInfo& info);      // (parameters, past steps, rows) -> undefined
  Napi::Value preview(const Napi::CallbackInfo& info);   // (parameters, count) -> number
  Napi::Value factors(const Napi::CallbackInfo& info);   // (maxRows, seed, inputFactor) -> {outputs, inputs, shares}
  Napi::Value outputs(const Napi::CallbackInfo& info);   // () -> outputs
  Napi::Value products(const Napi::CallbackInfo& info);  // () -> [Z, past steps ...]
  Napi::Value resume(const Napi::CallbackInfo& info);    // (parameters, [Z, past steps ...], rows) -> undefined
  Napi::Value node_value(const Napi::CallbackInfo& info);      // (node) -> Float64Array
  Napi::Value replace_behind(const Napi::CallbackInfo& info);  // (parameters) -> undefined
  // ({gradient, parameters, moving, kinds, layerL2, ...}) -> {proposal, searched, evaluations}
  Napi::Value coordinate_sweep(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<TrackedLoss> open(Napi::Env env) const;
  template <class Check>
  std::shared_ptr<TrackedLoss> open(Napi::Env env, Check check) const;
  double product_seconds(const Network& network, double count, std::size_t rows) const;
  double pass_seconds(const Network& network, double tangents, std::size_t rows) const;
  double sweep_seconds(const Network& network, std::size_t rows) const;
  double factor_seconds(const Network& network, double rows, bool input_factor) const;
  Napi::Value start(Napi::Env env, double seconds, Computation compute, std::function<Napi::Value(Napi::Env)> result);
  void report(Napi::Env env, std::int64_t bytes);

  std::shared_ptr<DataMatrixWrap::Handle> data_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
  unsigned threads_ = 1;
  std::size_t memory_ = 0;
  std::int64_t reported_ = 0;  // bytes that V8 has been told about
};

}  // namespace planesearch
