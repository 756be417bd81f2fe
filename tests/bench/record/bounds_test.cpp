// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <string>

#include "tests/bench/record/whole_record.hpp"

// Every field that results/schema.json describes has bounds there, and the reader has the same.

namespace lanemark {
namespace {

using nlohmann::json;
using Pointer = json::json_pointer;

const json& schema() {
  static const json whole = [] {
    std::ifstream file{LANEMARK_SOURCE_DIR "/results/schema.json"};
    return json::parse(file);
  }();
  return whole;
}

/// A field of a line of the record, by its place, and what the schema says of it.
struct Field {
  std::string line;
  Pointer at;
  std::string name;  ///< what an error calls it: of an entry of a list, the list's
  json rule;
};

void collect(const std::string& line, const Pointer& at, const std::string& name, json rule,
             std::vector<Field>& fields) {
  if (rule.contains("$ref")) rule = schema().at(Pointer{rule["$ref"].get<std::string>().substr(1)});
  fields.push_back({line, at, name, rule});
  const json properties = rule.value("properties", json::object());
  for (const auto& [field, inner] : properties.items()) collect(line, at / field, field, inner, fields);
  if (rule.contains("items")) collect(line, at / 0, name, rule["items"], fields);
  if (rule.contains("additionalProperties")) {
    const json all = whole_record().line(line).at(at);
    auto one = all.begin();
    while (properties.contains(one.key())) ++one;
    const std::string any = one.key();
    collect(line, at / any, any, rule["additionalProperties"], fields);
  }
}

std::vector<Field> all_fields() {
  std::vector<Field> fields;
  for (const char* const line : {"header", "measurement", "footer"}) {
    collect(line, Pointer{}, line, schema().at("$defs").at(line), fields);
  }
  return fields;
}

/// The record with the field as this; ids and names follow, so that what is refused is the field.
std::string with(const Field& field, const json& value) {
  WholeRecord record = whole_record();
  if (field.name == "skipped") {  // nothing is measured then
    record.measurement["samples_seconds"] = json::array();
    record.measurement["slowest_rank"] = json::array();
  }
  record.line(field.line)[field.at] = value;
  try {
    if (field.at.parent_pointer() == Pointer{"/fingerprint"}) {
      record.header["fingerprint_id"] = id(fingerprint_from_json(record.header["fingerprint"]));
    }
    if (field.name != "name") record.measurement["name"] = name(case_from_json(record.measurement["case"]));
  } catch (const Error&) {  // refused for the field itself
  }
  return refusal_of(record.text());
}

/// Whether the refusal is for the field's own bounds, not for what other fields say.
bool out_of_bounds(const Field& field, const std::string& refusal) {
  const auto says = [&](std::string_view part) { return refusal.find(part) != std::string::npos; };
  if (!says(fmt::format("field '{}' ", field.name))) return false;
  return says("is below") || says("has one below") || (says("is above") && !says("is above '")) ||
         says("has one above") || says("is out of range") || says("has one out of range") ||
         says("characters, more than") || says("entries, more than") || says("not an integer") ||
         says("not a number") || says("not one of") || says("is no id of") || says("is no moment") ||
         says("is not true or false") || says("is not a string");
}

void expect_taken(const Field& field, const json& value) {
  const std::string refusal = with(field, value);
  EXPECT_FALSE(out_of_bounds(field, refusal)) << field.line << field.at << ": " << refusal.substr(0, 300);
}

void expect_refused(const Field& field, const json& value) {
  const std::string refusal = with(field, value);
  EXPECT_TRUE(out_of_bounds(field, refusal))
      << field.line << field.at << " as " << value.dump().substr(0, 60) << ": " << refusal.substr(0, 300);
  const int number = field.line == "header" ? 1 : field.line == "measurement" ? 2 : 3;
  EXPECT_TRUE(refusal.starts_with(fmt::format("its.jsonl:{}: field '", number))) << refusal.substr(0, 300);
}

TEST(Bounds, TheWholeRecordIsRead) { EXPECT_EQ(refusal_of(whole_record().text()), ""); }

TEST(Bounds, NumbersAreThoseOfTheSchema) {
  for (const Field& field : all_fields()) {
    const json kind = field.rule.value("type", json());
    if (kind != "integer" && kind != "number") continue;
    ASSERT_TRUE(field.rule.contains("minimum") && field.rule.contains("maximum")) << field.line << field.at;
    const json least = field.rule["minimum"];
    const json most = field.rule["maximum"];
    expect_taken(field, least);
    expect_taken(field, most);
    if (kind == "number") {
      for (const double bad :
           {std::nextafter(least.get<double>(), -1e308), std::nextafter(most.get<double>(), 1e308), -1e300, 1e308}) {
        expect_refused(field, bad);
      }
      if (least > 0) {
        for (const double bad : {0.0, -0.0, 5e-324, std::numeric_limits<double>::min()}) expect_refused(field, bad);
      }
    } else {
      expect_refused(field, least.get<std::int64_t>() - 1);
      if (most < std::numeric_limits<std::uint64_t>::max()) expect_refused(field, most.get<std::uint64_t>() + 1);
      for (const json& bad : {json(1.5), json(1e20), json(std::numeric_limits<std::int64_t>::min())}) {
        expect_refused(field, bad);
      }
    }
    for (const json& bad : {json("7"), json(), json(true)}) expect_refused(field, bad);
  }
}

TEST(Bounds, TextsAreThoseOfTheSchema) {
  for (const Field& field : all_fields()) {
    if (field.rule.value("type", json()) != "string" || field.name == "schema") continue;
    if (field.rule.contains("pattern")) {
      for (const char* const bad : {"", "zz", "0123456789ABCDEF", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                                    "2026-01-01T24:00:00Z", "2026-01-01 00:00:00"}) {
        expect_refused(field, bad);
      }
    } else {
      ASSERT_TRUE(field.rule.contains("maxLength")) << field.line << field.at;
      const auto most = field.rule["maxLength"].get<std::size_t>();
      std::string wide;
      for (std::size_t i = 0; i < most; ++i) wide += "é";
      expect_taken(field, std::string(most, 'x'));
      expect_taken(field, wide);
      expect_refused(field, std::string(most + 1, 'x'));
    }
    for (const json& bad : {json(7), json(), json::array()}) expect_refused(field, bad);
  }
}

TEST(Bounds, ChoicesAreThoseOfTheSchema) {
  for (const Field& field : all_fields()) {
    if (field.rule.contains("enum")) {
      for (const json& one : field.rule["enum"]) expect_taken(field, one);
      for (const json& bad : {json("perhaps"), json(std::string(30'000, 'x')), json(1)}) expect_refused(field, bad);
    }
    if (field.rule.value("type", json()) == "boolean") {
      for (const json& bad : {json(1), json("true"), json()}) expect_refused(field, bad);
    }
  }
}

TEST(Bounds, ListsAreAsLongAsTheSchemaSays) {
  for (const Field& field : all_fields()) {
    if (field.rule.value("type", json()) != "array") continue;
    ASSERT_TRUE(field.rule.contains("maxItems")) << field.line << field.at;
    const auto most = field.rule["maxItems"].get<std::size_t>();
    const json one = whole_record().line(field.line).at(field.at).front();
    // A million objects would take this test a gigabyte.
    if (most > 100'000 && !one.is_number()) continue;
    json list = json::array();
    for (std::size_t i = 0; i < most; ++i) list.push_back(one);
    expect_taken(field, list);
    list.push_back(one);
    expect_refused(field, list);
  }
}

TEST(Bounds, NamesOfSoftwareAndVariablesAreBoundedToo) {
  for (const char* const names : {"versions", "environment"}) {
    WholeRecord record = whole_record();
    record.header[names][std::string(257, 'x')] = "1";
    EXPECT_NE(refusal_of(record.text()).find(fmt::format("field '{}' has a name of 257 characters", names)),
              std::string::npos);
    record = whole_record();
    for (int i = 0; i <= 1000; ++i) record.header[names][fmt::format("name {}", i)] = "1";
    EXPECT_NE(refusal_of(record.text()).find(fmt::format("field '{}' has", names)), std::string::npos);
  }
}

}  // namespace
}  // namespace lanemark
