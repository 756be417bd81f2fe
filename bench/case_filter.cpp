#include "bench/case_filter.hpp"

#include <fmt/format.h>

#include "kernels/core/error.hpp"

namespace lanemark {

CaseFilter::CaseFilter(const std::string& expression) : inverted_{expression.starts_with('-')} {
  if (expression.empty()) return;
  try {
    expression_.emplace(expression.substr(inverted_ ? 1 : 0));
  } catch (const std::regex_error& error) {
    throw UsageError(fmt::format("filter '{}' is not a regular expression: {}", expression, error.what()));
  }
}

bool CaseFilter::operator()(const std::string& name) const {
  return !expression_ || std::regex_search(name, *expression_) != inverted_;
}

}  // namespace lanemark
