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

/// A signal asked the program to end while launches that it had started ran: nothing is concluded from them.
class Interrupted : public Error {
 public:
  Interrupted(const std::string& what, int exit_code) : Error{what}, exit_code_{exit_code} {}
  [[nodiscard]] int exit_code() const { return exit_code_; }  ///< 128 + signal

 private:
  int exit_code_;
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

/// Exit codes of the program; under mpirun every rank returns the same one.
enum class ExitCode : int {
  ok = 0,
  internal = 1,
  usage = 2,
  regression = 3,
  undecided = 4,  ///< inconclusive or nothing to compare with, where that was asked to count
  wrong_data = 5,
  timeout = 6,
  incomplete = 7
};

/// "what (file:line)", the file without its folders.
std::string located(std::string_view what, const std::source_location& where);

}  // namespace lanemark
