// Second moments behind a Kronecker-factored Gauss-Newton matrix; the formulas are in lib/backends/backend.ts.
//
// Two phases. A pass over blocks of the rows taken goes forward, draws e_i = C_i^(1/2) xi_i and carries it back; it stores
// the rows h_il and q_il. Then every factor is a gram of stored rows (data/gram.h), the input factor one of rows of X.
#pragma once

#include <vector>

namespace planesearch {

// By layer; row-major, both triangles.
struct CurvatureFactors {
  std::vector<std::vector<double>> outputs;
  std::vector<std::vector<double>> inputs;  // the first one is empty unless asked for
  std::vector<double> shares;               // of the rows taken in the input factor of the first layer
};

}  // namespace planesearch
