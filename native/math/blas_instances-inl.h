// The products of math/blas.h for double and float: included once, behind their definitions, by the file that has these.
#include <cstddef>

namespace planesearch {

template void blas_multiply_dot(const double*, std::size_t, std::size_t, const double*, std::size_t, std::size_t,
                                std::size_t, double*, std::size_t);
template void blas_multiply_dot(const float*, std::size_t, std::size_t, const float*, std::size_t, std::size_t, std::size_t,
                                float*, std::size_t);
template void blas_multiply_add(bool, const double*, std::size_t, std::size_t, const double*, std::size_t, std::size_t,
                                double*, std::size_t, std::size_t);
template void blas_multiply_add(bool, const float*, std::size_t, std::size_t, const float*, std::size_t, std::size_t, float*,
                                std::size_t, std::size_t);

}  // namespace planesearch
