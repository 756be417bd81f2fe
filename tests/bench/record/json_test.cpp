// SPDX-License-Identifier: MIT

#include "bench/record/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <limits>
#include <set>

#include "bench/record/record_names.hpp"
#include "kernels/core/device.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/record/random_measurement.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

json through_text(const Measurement& m) { return json::parse(to_json(m).dump()); }

void expect_same(const Measurement& a, const Measurement& b) {
  EXPECT_EQ(a.what, b.what);
  EXPECT_EQ(a.device, b.device);
  EXPECT_EQ(a.transport, b.transport);
  EXPECT_EQ(a.work.elements, b.work.elements);
  EXPECT_EQ(a.work.bytes, b.work.bytes);
  EXPECT_EQ(a.work.bus_factor, b.work.bus_factor);
  EXPECT_EQ(a.work.flops.value, b.work.flops.value);
  EXPECT_EQ(a.work.samples, b.work.samples);
  ASSERT_EQ(a.limit.has_value(), b.limit.has_value());
  if (a.limit) {
    EXPECT_EQ(a.limit->name, b.limit->name);
    EXPECT_EQ(a.limit->rate, b.limit->rate);
  }
  EXPECT_EQ(a.operations_per_sample, b.operations_per_sample);
  EXPECT_EQ(a.samples, b.samples);  // bit for bit
  EXPECT_EQ(a.slowest_rank, b.slowest_rank);
  EXPECT_EQ(a.warm_up, b.warm_up);
  EXPECT_EQ(a.warm_up_operations, b.warm_up_operations);
  EXPECT_EQ(a.verdict.kind, b.verdict.kind);
  EXPECT_EQ(a.verdict.detail, b.verdict.detail);
  EXPECT_EQ(a.skipped, b.skipped);
  EXPECT_EQ(a.repetition, b.repetition);
  EXPECT_EQ(a.stop, b.stop);
  EXPECT_EQ(a.route, b.route);
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (std::size_t i = 0; i < a.groups.size(); ++i) {
    EXPECT_EQ(a.groups[i].ranks, b.groups[i].ranks);
    EXPECT_EQ(a.groups[i].median, b.groups[i].median);
  }
  ASSERT_EQ(a.ceilings.size(), b.ceilings.size());
  for (std::size_t i = 0; i < a.ceilings.size(); ++i) {
    EXPECT_EQ(a.ceilings[i].name, b.ceilings[i].name);
    EXPECT_EQ(a.ceilings[i].per_second, b.ceilings[i].per_second);
  }
  ASSERT_EQ(a.training.has_value(), b.training.has_value());
  if (!a.training) return;
  ASSERT_EQ(a.training->phases.size(), b.training->phases.size());
  for (std::size_t i = 0; i < a.training->phases.size(); ++i) {
    EXPECT_EQ(a.training->phases[i].name, b.training->phases[i].name);
    EXPECT_EQ(a.training->phases[i].time, b.training->phases[i].time);
  }
  EXPECT_EQ(a.training->without_communication, b.training->without_communication);
  EXPECT_EQ(a.training->bytes_sent, b.training->bytes_sent);
  EXPECT_EQ(a.training->peak_memory, b.training->peak_memory);
  EXPECT_EQ(a.training->buckets, b.training->buckets);
  EXPECT_EQ(a.training->parameters, b.training->parameters);
  EXPECT_EQ(a.training->batch, b.training->batch);
}

TEST(MeasurementJson, RoundTripIsExact) {
  RandomMeasurements random;
  for (int i = 0; i < 200; ++i) {
    const Measurement m = random.next();
    expect_same(m, measurement_from_json(through_text(m)));
    if (HasFailure()) break;
  }
}

TEST(MeasurementJson, WhatDoesNotApplyIsAbsent) {
  Measurement m;
  m.what.operation = "broadcast";
  m.device = "host";
  const std::string text = to_json(m).dump();
  EXPECT_EQ(text.find("null"), std::string::npos);
  for (const char* field : {"limit", "training", "skipped", "detail", "labels", "size_bytes", "dtype", "mode"}) {
    EXPECT_EQ(text.find('"' + std::string{field} + '"'), std::string::npos) << field;
  }
  expect_same(m, measurement_from_json(json::parse(text)));
}

TEST(MeasurementJson, UnknownFieldsAreIgnored) {
  RandomMeasurements random;
  const Measurement m = random.next();
  json record = through_text(m);
  record["later"] = {{"a", 1}};
  record["case"]["later"] = true;
  record["work"]["later"] = "x";
  expect_same(m, measurement_from_json(record));
}

TEST(MeasurementJson, MissingRequiredFieldIsNamed) {
  RandomMeasurements random;
  const json whole = through_text(random.next());
  for (const auto& [field, value] : whole.items()) {
    static const std::set<std::string> optional{"type",       "limit", "training", "skipped",
                                                "stopped_by", "route", "groups",   "ceilings"};
    json record = whole;
    record.erase(field);
    if (optional.contains(field)) {
      EXPECT_NO_THROW(measurement_from_json(record)) << field;
      continue;
    }
    try {
      measurement_from_json(record);
      FAIL() << "read without " << field;
    } catch (const Error& error) {
      EXPECT_NE(std::string{error.what()}.find('\'' + field + '\''), std::string::npos) << error.what();
    }
  }
}

TEST(MeasurementJson, IllTypedFieldsAreRefused) {
  RandomMeasurements random;
  const json whole = through_text(random.next());
  const auto refused = [&](const json::json_pointer& at, const json& value) {
    json record = whole;
    record[at] = value;
    EXPECT_THROW(measurement_from_json(record), Error) << at.to_string() << " = " << value;
  };
  refused(json::json_pointer{"/operations_per_sample"}, -1);
  refused(json::json_pointer{"/operations_per_sample"}, 1.5);
  refused(json::json_pointer{"/repetition"}, 5000000000);
  refused(json::json_pointer{"/samples_seconds"}, {1.0, nullptr});
  refused(json::json_pointer{"/samples_seconds"}, "1");
  refused(json::json_pointer{"/device"}, 1);
  refused(json::json_pointer{"/case"}, "x");
  refused(json::json_pointer{"/verdict/kind"}, "perhaps");
}

TEST(MeasurementJson, NotFiniteIsRefusedNotNull) {
  Measurement m;
  m.samples = {Seconds{std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_THROW(to_json(m), Error);
}

TEST(Recordable, IsWhatCanBeReadAgain) {
  RandomMeasurements random;
  for (int i = 0; i < 20; ++i) {
    const Measurement m = random.next();
    expect_same(recordable(m), m);
  }
}

TEST(Recordable, WhereNoTimePassedIsSkippedWithTheReason) {
  RandomMeasurements random;
  Measurement m = random.next();
  m.skipped.clear();
  m.samples = {Seconds{1e-6}, Seconds{0}, Seconds{0}};
  m.slowest_rank = {0, 0, 0};
  m.verdict = {.kind = Verdict::Kind::wrong, .detail = "7 wrong elements"};
  const Measurement kept = recordable(m);
  EXPECT_FALSE(measured(kept));
  EXPECT_NE(kept.skipped.find("no time pass in 2 of 3 samples"), std::string::npos) << kept.skipped;
  EXPECT_EQ(kept.what, m.what);
  EXPECT_EQ(kept.verdict.kind, Verdict::Kind::wrong) << "wrong data is told whatever the clock says";
  EXPECT_NO_THROW(measurement_from_json(through_text(kept)));
}

TEST(Recordable, WhatIsOutOfItsBoundsIsSkippedWithTheField) {
  RandomMeasurements random;
  for (const double absurd : {std::numeric_limits<double>::infinity(), -1.0, 1e300}) {
    Measurement m = random.next();
    m.work.flops.value = absurd;
    const Measurement kept = recordable(m);
    EXPECT_NE(kept.skipped.find("flops"), std::string::npos) << kept.skipped;
    EXPECT_NO_THROW(measurement_from_json(through_text(kept)));
  }
}

TEST(MeasurementJson, DevicesAreThoseThereAre) {
  EXPECT_EQ(device_names.at(static_cast<std::size_t>(DeviceKind::host)), name(DeviceKind::host));
  EXPECT_EQ(device_names.at(static_cast<std::size_t>(DeviceKind::cuda)), name(DeviceKind::cuda));
}

/// Every field written is described, every field the schema requires is written.
void expect_described(const json& value, const json& schema, const json& root, const std::string& where) {
  json rule = schema;
  if (rule.contains("$ref")) rule = root.at(json::json_pointer{rule["$ref"].get<std::string>().substr(1)});
  if (value.is_array() && rule.contains("items")) {
    for (const json& one : value) expect_described(one, rule["items"], root, where + "[]");
  }
  if (!value.is_object() || !rule.contains("properties")) return;
  for (const auto& [field, inner] : value.items()) {
    ASSERT_TRUE(rule["properties"].contains(field)) << where << '.' << field << " is not in results/schema.json";
    expect_described(inner, rule["properties"][field], root, where + '.' + field);
  }
  for (const json& field : rule.value("required", json::array())) {
    EXPECT_TRUE(value.contains(field.get<std::string>())) << where << " lacks " << field;
  }
}

TEST(MeasurementJson, SchemaDescribesIt) {
  std::ifstream file{LANEMARK_SOURCE_DIR "/results/schema.json"};
  ASSERT_TRUE(file.is_open());
  const json schema = json::parse(file);
  RandomMeasurements random;
  for (int i = 0; i < 20; ++i) {
    expect_described(through_text(random.next()), schema.at("$defs").at("measurement"), schema, "measurement");
  }
}

}  // namespace
}  // namespace lanemark
