// SPDX-License-Identifier: MIT

#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace lanemark {

/// Sets a variable of the environment, and puts back what was there: tests run in any order.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_{std::move(name)} {
    if (const char* const there = std::getenv(name_.c_str())) before_ = there;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  Variable(Variable&&) = delete;
  Variable& operator=(Variable&&) = delete;
  ~Variable() {
    if (before_) ::setenv(name_.c_str(), before_->c_str(), 1);
    else ::unsetenv(name_.c_str());
  }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace lanemark
