// SPDX-License-Identifier: MIT

#pragma once

#include <exception>
#include <string>
#include <vector>

#include "bench/engine/cli11_fwd.hpp"

namespace lanemark {

/// Text to print instead of running: help or the version.
class ShowText : public std::exception {
 public:
  explicit ShowText(std::string text) : text_{std::move(text)} {}
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Parses these words with all that was declared, by the rules of all commands: numbers in their usual form alone, a
/// list's value once, no empty word that is no flag's value. Throws UsageError, and ShowText for --help and --version.
void parse(CLI::App& app, std::vector<std::string> words);

}  // namespace lanemark
