// SPDX-License-Identifier: MIT

#include "bench/report/gate/colour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

bool is_set(const EnvironmentLookup& environment, const char* name) {
  const char* value = environment(name);
  return value != nullptr && *value != '\0';
}

/// "CI=false" is how people say at home that it is none.
bool says_yes(const EnvironmentLookup& environment, const char* name) {
  return is_set(environment, name) && std::string_view{environment(name)} != "false";
}

}  // namespace

bool use_colour(Colour asked, const EnvironmentLookup& environment, bool is_terminal, bool under_launcher) {
  if (asked != Colour::automatic) return asked == Colour::always;
  if (is_set(environment, "NO_COLOR")) return false;
  constexpr std::array services{"CI", "GITHUB_ACTIONS", "GITLAB_CI"};
  if (std::ranges::any_of(services, [&](const char* one) { return says_yes(environment, one); })) return true;
  return is_terminal && !under_launcher;
}

Colour colour_from(std::string_view flag) {
  if (flag == "auto") return Colour::automatic;
  if (flag == "always") return Colour::always;
  if (flag == "never") return Colour::never;
  throw UsageError(fmt::format("unknown colour {}; known: auto, always, never", in_quotes(flag)));
}

}  // namespace lanemark
