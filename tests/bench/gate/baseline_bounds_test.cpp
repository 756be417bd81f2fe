// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "bench/gate/baseline.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/gate/baseline_error.hpp"
#include "tests/bench/text/texts.hpp"

// What a baseline's file may say.

namespace lanemark {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path corpus = fs::path{LANEMARK_SOURCE_DIR} / "tests/fuzz/corpus/baseline";

json small_baseline() {
  std::ifstream file{corpus / "small.json"};
  return json::parse(file);
}

/// What fuzzing starts from.
TEST(BaselineBounds, WhatCannotBeTrueIsRefused) {
  std::size_t refused = 0;
  for (const auto& entry : fs::directory_iterator{corpus}) {
    std::ifstream file{entry.path(), std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const bool hostile = entry.path().filename().string().starts_with("hostile_");
    try {
      baseline_from_text(text);
      EXPECT_FALSE(hostile) << entry.path();
    } catch (const Error& error) {
      EXPECT_TRUE(hostile) << entry.path() << ": " << error.what();
      ++refused;
    }
  }
  EXPECT_GE(refused, 10U);
}

TEST(BaselineBounds, EachFieldHasItsBounds) {
  using Pointer = json::json_pointer;
  const json whole = small_baseline();
  const std::string title = whole["cases"].begin().key();
  const Pointer of_small = Pointer{"/cases"} / title;
  const Pointer noise = Pointer{"/noise"} / title;
  struct Bad {
    Pointer at;
    json value;
    std::string_view field;
  };
  const std::vector<Bad> all{{Pointer{"/launches/0/launch"}, "0123456789ABCDEF", "launch"},
                             {Pointer{"/launches/0/launch"}, "one", "launch"},
                             {Pointer{"/launches/0/started"}, "2026-13-01T00:00:00Z", "started"},
                             {Pointer{"/launches/0/ranks"}, 0, "ranks"},
                             {Pointer{"/launches/0/ranks"}, 5, "ranks"},
                             {Pointer{"/launches/0/command/0"}, std::string(131'073, 'x'), "command"},
                             {Pointer{"/launches/0/versions/commit"}, std::string(32'769, 'x'), "commit"},
                             {Pointer{"/fingerprint/cpu"}, "another", "fingerprint_id"},
                             {Pointer{"/fingerprint/cores"}, -1, "cores"},
                             {of_small / "case" / "mode", "bandwidth", "cases"},
                             {of_small / "case" / "ranks", 5, "cases"},
                             {of_small / "case" / "operation", std::string(257, 'x'), "operation"},
                             {of_small / "values" / "time" / 0, 0, "values"},
                             {of_small / "values" / "time" / 0, 5e-324, "values"},
                             {of_small / "values" / "time" / 0, 9e-13, "values"},
                             {of_small / "values" / "time" / 0, 1.1e6, "values"},
                             {of_small / "values" / "time" / 0, 1e308, "values"},
                             {noise / "change", 1000, "change"},
                             {noise / "comparisons", -1, "comparisons"},
                             {noise / "class", std::string(4097, 'x'), "class"},
                             {Pointer{"/calibrated"}, "", "calibrated"}};
  for (const Bad& one : all) {
    json object = whole;
    object[one.at] = one.value;
    const std::string error = baseline_error(object);
    EXPECT_TRUE(contains(error, fmt::format("field '{}'", one.field))) << one.at << ": " << error;
  }
  json rates = whole;
  rates["cases"][title]["values"]["busbw"] = {1e60};
  EXPECT_EQ(baseline_error(rates), "");
  rates["cases"][title]["values"]["busbw"] = {1e308};
  EXPECT_TRUE(contains(baseline_error(rates), "field 'values'"));
}

TEST(BaselineBounds, ALaunchIsThereOnce) {
  json twice = small_baseline();
  twice["launches"].push_back(twice["launches"][0]);
  EXPECT_TRUE(contains(baseline_error(twice), "field 'launch' is that of another launch"));
}

}  // namespace
}  // namespace lanemark
