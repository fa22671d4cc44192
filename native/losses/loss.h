// A loss as the objective sees it: a table of kernels and the numbers that shape it.
//
// One loss is one file, NAME-inl.h in this folder: CMake lists the folder, losses.cc compiles every file for every instruction set,
// and the name is what lib/losses/NAME.ts gives as `native`. Panels are features x rows (data/panels.h).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace planesearch {

struct LossKernels {
  const char* name;
  std::size_t parameters;   // how many numbers shape it, in the order of lib/losses/NAME.ts
  bool target_per_output;   // a target for every output, otherwise one a row
  bool constant_curvature;  // C = I, and the state is not written

  // Weighted loss of a panel. With `slopes` it also fills the weighted derivatives by the outputs, and leaves in `outputs` the
  // state that the kernels below want.
  double (*evaluate)(const double* parameters, double* outputs, const double* targets, const double* weights,
                     std::size_t width, std::size_t rows, double* slopes);
  // out = weight * C * tangent, row by row
  void (*curve)(const double* state, const double* weights, const double* tangent, std::size_t width, std::size_t rows,
                double* out);
  // e <- C^(1/2) e, row by row
  void (*root)(const double* state, std::size_t width, std::size_t rows, double* e);
  // out(k, i) = V_k' C_i V_k for the units k of a layer with weights V (units x width)
  void (*curve_units)(const double* state, const double* weights, std::size_t units, std::size_t width, std::size_t rows,
                      double* out);
  // M with |c'| <= M c along o + t v, see lib/losses/loss.ts; negative where there is none.
  double (*growth)(const double* parameters, const double* v, std::size_t width);
};

struct Loss {
  const LossKernels* kernels;
  std::vector<double> numbers;

  std::size_t target_width(std::size_t outputs) const { return kernels->target_per_output ? outputs : 1; }
  double evaluate(double* outputs, const double* targets, const double* weights, std::size_t width, std::size_t rows,
                  double* slopes) const {
    return kernels->evaluate(numbers.data(), outputs, targets, weights, width, rows, slopes);
  }
  double growth(const double* v, std::size_t width) const { return kernels->growth(numbers.data(), v, width); }
};

// All losses, for the instruction set that kernels() uses; in the order of their names.
const std::vector<const LossKernels*>& loss_kernels();

// Null for a name that has no file here.
const LossKernels* find_loss(const std::string& name);

}  // namespace planesearch
