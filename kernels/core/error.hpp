// SPDX-License-Identifier: MIT

#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lanemark {

/// Anything that stops the work. The message names the cause and, where known, the cure.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Input that cannot be honoured; refused before anything is measured (exit code 2).
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A device or host allocation that did not fit. The case is skipped, the launch goes on.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// What this machine or library turns out not to have. The case is skipped, the launch goes on.
class Unsupported : public Error {
 public:
  using Error::Error;
};

/// "what (file:line)", the file without its folders.
std::string located(std::string_view what, const std::source_location& where);

}  // namespace lanemark
