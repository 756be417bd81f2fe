// SPDX-License-Identifier: MIT

#include "bench/measurement/case_filter.hpp"

#include <fmt/format.h>

#include <re2/re2.h>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// A confirmation names all the cases that fit into a command line; nobody types so much.
constexpr std::size_t most_characters = 128'000;
/// What RE2 may take for the compiled expression and its automata; past it the expression is refused, or matching goes
/// on without an automaton.
constexpr std::int64_t most_memory = 64 << 20;

}  // namespace

CaseFilter::CaseFilter(const std::string& expression) : inverted_{expression.starts_with('-')} {
  if (expression.empty()) return;
  if (expression.size() > most_characters) {
    throw UsageError(fmt::format("filter {} has {} characters, and at most {} are taken", in_quotes(expression),
                                 expression.size(), most_characters));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(most_memory);
  const auto compiled = std::make_shared<const re2::RE2>(expression.substr(inverted_ ? 1 : 0), options);
  if (!compiled->ok()) {
    throw UsageError(fmt::format("filter {} is not a regular expression of RE2: {}", in_quotes(expression),
                                 shown(compiled->error())));
  }
  expression_ = compiled;
}

bool CaseFilter::operator()(const std::string& name) const {
  return !expression_ || re2::RE2::PartialMatch(name, *expression_) != inverted_;
}

void refuse_unmet(std::string_view filter, std::string_view cure) {
  throw UsageError(fmt::format("no case matches the filter {}; {}", in_quotes(filter), cure));
}

std::string exactly(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    if (!all.empty()) all += '|';
    all += re2::RE2::QuoteMeta(name);
  }
  return fmt::format("^({})$", all);
}

}  // namespace lanemark
