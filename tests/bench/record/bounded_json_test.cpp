// SPDX-License-Identifier: MIT

#include "bench/record/bounded_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

#include "tests/bench/text/texts.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

std::string json_error(const std::string& text, const JsonLimits& limits = {}) {
  try {
    parse_json(text, limits);
  } catch (const NotJson&) {
    return "not JSON";
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(BoundedJson, ReadsAsTheLibraryDoes) {
  for (const char* const text :
       {"null", "true", "-7", "18446744073709551615", "-9223372036854775808", "1.5e-300", "\"a\\u00e9\\n\"", "[]", "{}",
        "[1,[2,[3,{}],{\"a\":[null,{\"b\":false}]}]]", R"({"b":{"c":[{},{"d":{}}],"a":1},"a":"x","":[]})"}) {
    EXPECT_EQ(parse_json(text), json::parse(text)) << text;
    EXPECT_EQ(parse_json(text).dump(), json::parse(text).dump()) << text;
  }
}

TEST(BoundedJson, WhatIsNoJsonIsRefused) {
  for (const char* const text :
       {"", " ", "{", "[1,", "{\"a\"}", "1 2", "\"\xff\"", "1e999", "nul", "[1]]", "{\"a\":1,}"}) {
    EXPECT_EQ(json_error(text), "not JSON") << text;
  }
}

TEST(BoundedJson, AKeyTwiceInOneObjectIsRefusedWhereverItIs) {
  EXPECT_EQ(json_error(R"({"a":1,"a":1})"), "field 'a' is there twice in one object");
  EXPECT_EQ(json_error(R"([{"x":{"b":1,"c":{"b":2},"b":[]}}])"), "field 'b' is there twice in one object");
  EXPECT_EQ(json_error(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"), "");
  EXPECT_EQ(json_error(R"({"a":1,"\u0061":2})"), "field 'a' is there twice in one object") << "however it is spelt";
}

TEST(BoundedJson, DepthIsBounded) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, {"{\"a\":", "}"}, {"[{\"a\":", "}]"}}) {
    const std::size_t each = std::string_view{open}.starts_with("[{") ? 2 : 1;
    EXPECT_EQ(json_error(nested(most_json_depth / each, open, close)), "");
    EXPECT_EQ(json_error(nested(most_json_depth / each + 1, open, close)), "nested deeper than 64");
    EXPECT_EQ(json_error(nested(1'000'000, open, "")), "nested deeper than 64");
  }
}

TEST(BoundedJson, SizeAndNumberOfValuesAreBounded) {
  EXPECT_EQ(json_error("[1,2,3]", {.bytes = 7}), "");
  EXPECT_EQ(json_error("[1,2,3]", {.bytes = 6}), "larger than 6 bytes");
  EXPECT_EQ(json_error("[1,{\"a\":2}]", {.values = 4}), "");
  EXPECT_EQ(json_error("[1,{\"a\":2}]", {.values = 3}), "more than 3 values");
  for (const std::string one : {"[]", "{}", "\"\""}) {
    std::string text = "[0";
    for (int i = 0; i < 200'000; ++i) text += ',' + one;
    EXPECT_NE(json_error(text + ']').find("texts, lists and objects"), std::string::npos) << one;
  }
}

}  // namespace
}  // namespace lanemark
