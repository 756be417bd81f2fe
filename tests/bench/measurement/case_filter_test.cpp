// SPDX-License-Identifier: MIT

#include "bench/measurement/case_filter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

TEST(CaseFilter, FindsAsGoogleBenchmarkDoes) {
  EXPECT_TRUE(CaseFilter{""}("all_reduce/mpi/float/8B"));
  EXPECT_TRUE(CaseFilter{"mpi.*8B$"}("all_reduce/mpi/float/8B"));
  EXPECT_FALSE(CaseFilter{"nccl"}("all_reduce/mpi/float/8B"));
  EXPECT_FALSE(CaseFilter{"-mpi"}("all_reduce/mpi/float/8B"));
  EXPECT_TRUE(CaseFilter{"-nccl"}("all_reduce/mpi/float/8B"));
  EXPECT_THROW(CaseFilter{"("}("x"), UsageError);
}

TEST(CaseFilter, AFilterOfNamesMatchesThemAndNoOthers) {
  const std::string plain = "all_reduce/nccl/float/8B/latency/ranks:4";
  const std::string special = R"(.[]{}()\*+?^$|/-,:;<>=!~@#%&"'` _)";
  const CaseFilter filter{exactly({plain, special, "-minus", "é\t"})};
  for (const std::string& name : {plain, special, std::string{"-minus"}, std::string{"é\t"}}) {
    EXPECT_TRUE(filter(name)) << name;
    EXPECT_FALSE(filter(name + "0")) << name;
    EXPECT_FALSE(filter("x" + name)) << name;
    EXPECT_FALSE(filter(name.substr(0, name.size() - 1))) << name;
  }
  EXPECT_FALSE(filter(""));
  EXPECT_FALSE(filter(plain + "|" + special));
}

TEST(CaseFilter, NoCharacterStandsForAnother) {
  for (int code = 1; code < 128; ++code) {
    const std::string name = fmt::format("a{}b", static_cast<char>(code));
    const CaseFilter filter{exactly({name})};
    for (int other = 1; other < 128; ++other) {
      const std::string candidate = fmt::format("a{}b", static_cast<char>(other));
      ASSERT_EQ(filter(candidate), code == other) << code << " and " << other;
    }
    ASSERT_FALSE(filter("ab")) << code;
    ASSERT_FALSE(filter("aab") && name != "aab") << code;
  }
}

TEST(CaseFilter, ManyNamesAreNotTooMany) {
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back(fmt::format("all_reduce/nccl/float/{}B/bandwidth/ranks:4", 8 * i));
  const CaseFilter filter{exactly(names)};
  EXPECT_TRUE(filter(names.back()));
  EXPECT_FALSE(filter("all_reduce/nccl/float/7B/bandwidth/ranks:4"));
}

/// std::regex recurses once a character: such a name with such an expression was its end.
TEST(CaseFilter, LongNamesAreNoTrouble) {
  const std::string name(1'000'000, 'a');
  EXPECT_TRUE(CaseFilter{"(a|b)*$"}(name));
  EXPECT_FALSE(CaseFilter{"(a*)*b"}(name));
  EXPECT_TRUE(CaseFilter{"-(a|aa)+$x"}(name));
}

TEST(CaseFilter, WhatTakesTooMuchOrIsNoExpressionIsRefusedInFewWords) {
  const std::vector<std::string> refused{std::string(200'000, 'a'),
                                         "((((a{100}){100}){100}){100})",
                                         std::string(5'000, '('),
                                         "[[:nothing:]]",
                                         "a\\",
                                         "\xff"};
  for (const std::string& expression : refused) {
    try {
      const CaseFilter filter{expression};
      ADD_FAILURE() << expression.substr(0, 20) << " was taken";
    } catch (const UsageError& error) {
      EXPECT_LT(std::string{error.what()}.size(), 500U);
    }
  }
}

TEST(CaseFilter, AMessageShowsNoControlCharacters) {
  try {
    const CaseFilter filter{"(\x1b[2J"};
    FAIL() << "was taken";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string{error.what()}.find('\x1b'), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lanemark
