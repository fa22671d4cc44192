// Misuse that only the state of an object can tell; the addon turns it into an Error with this `code`.
#pragma once

#include <stdexcept>
#include <string>

namespace planesearch {

struct CodedError : std::runtime_error {
  CodedError(const char* error_code, const std::string& sentence) : std::runtime_error(sentence), code(error_code) {}
  const char* code;
};

}  // namespace planesearch
