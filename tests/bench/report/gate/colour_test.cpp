// SPDX-License-Identifier: MIT

#include "bench/report/gate/colour.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

EnvironmentLookup environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

TEST(Colour, TheFlagWins) {
  const EnvironmentLookup forbidden = environment({{"NO_COLOR", "1"}});
  EXPECT_TRUE(use_colour(Colour::always, forbidden, false, true));
  EXPECT_FALSE(use_colour(Colour::never, environment({{"CI", "true"}}), true, false));
}

TEST(Colour, NoColorForbidsUnlessEmpty) {
  EXPECT_FALSE(use_colour(Colour::automatic, environment({{"NO_COLOR", "0"}, {"CI", "1"}}), true, false));
  EXPECT_TRUE(use_colour(Colour::automatic, environment({{"NO_COLOR", ""}}), true, false));
}

TEST(Colour, LogsOfServicesHaveThem) {
  for (const char* name : {"CI", "GITHUB_ACTIONS", "GITLAB_CI"}) {
    EXPECT_TRUE(use_colour(Colour::automatic, environment({{name, "true"}}), false, true)) << name;
    EXPECT_FALSE(use_colour(Colour::automatic, environment({{name, "false"}}), false, false)) << name;
    EXPECT_FALSE(use_colour(Colour::automatic, environment({{name, ""}}), false, false)) << name;
  }
}

TEST(Colour, ATerminalUnderALauncherIsNone) {
  EXPECT_TRUE(use_colour(Colour::automatic, environment({}), true, false));
  EXPECT_FALSE(use_colour(Colour::automatic, environment({}), true, true));
  EXPECT_FALSE(use_colour(Colour::automatic, environment({}), false, false));
}

TEST(Colour, Flag) {
  EXPECT_EQ(colour_from("auto"), Colour::automatic);
  EXPECT_EQ(colour_from("always"), Colour::always);
  EXPECT_EQ(colour_from("never"), Colour::never);
  EXPECT_THROW(colour_from("yes"), UsageError);
}

}  // namespace
}  // namespace lanemark
