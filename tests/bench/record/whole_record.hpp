// SPDX-License-Identifier: MIT

#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

#include "bench/record/fingerprint.hpp"
#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {

/// A record with every field that one can have, as its lines.
struct WholeRecord {
  nlohmann::json header;
  nlohmann::json measurement;
  nlohmann::json footer;

  nlohmann::json& line(const std::string& kind) {
    return kind == "header" ? header : kind == "footer" ? footer : measurement;
  }
  [[nodiscard]] std::string text() const {
    return header.dump() + '\n' + measurement.dump() + '\n' + footer.dump() + '\n';
  }
};

inline WholeRecord whole_record() {
  using nlohmann::json;
  std::ifstream file{LANEMARK_SOURCE_DIR "/tests/fuzz/corpus/record/training.jsonl"};
  std::string line;
  WholeRecord record;
  std::getline(file, line);
  record.header = json::parse(line);
  std::getline(file, line);
  record.measurement = json::parse(line);
  std::getline(file, line);
  std::getline(file, line);
  record.footer = json::parse(line);

  json& m = record.measurement;
  m["case"]["size_bytes"] = 1024;
  m["name"] = name(case_from_json(m["case"]));
  m["limit"] = {{"name", "NVLink"}, {"bytes_per_second", 478e9}};
  m["verdict"] = {{"kind", "wrong"}, {"detail", "7 wrong elements"}};
  m["stopped_by"] = "time";
  m["route"] = {{"algorithm", "ring"}, {"protocol", "LL"}, {"channels", 24}, {"inferred", true}};
  m["groups"] = {{{"ranks", {0, 1}}, {"median_seconds", 1e-3}}, {{"ranks", {2, 3}}, {"median_seconds", 2e-3}}};
  m["ceilings"] = {{{"name", "copy"}, {"per_second", 4e12}}};
  m["training"]["buckets_bytes"] = {1, 2};
  const json processors{{"available_seconds", 0.4}, {"others_seconds", 0.01},    {"resolution_seconds", 0.02},
                        {"stolen_seconds", 0.005},  {"window_seconds", 0.2},     {"waited_seconds", 0.1},
                        {"paused_seconds", 0},      {"involuntary_switches", 3}, {"load", 1.5}};
  for (json* const one : {&record.header, &m, &record.footer}) (*one)["processors"] = processors;
  m["gpus"] = {{{"rank", 0},
                {"first_sm_clock_mhz", 1980},
                {"last_sm_clock_mhz", 1700},
                {"throttle_reasons", {"power cap"}},
                {"other_processes", 0}}};
  record.header["fingerprint"]["processors"] = 8;
  record.header["fingerprint_id"] = id(fingerprint_from_json(record.header["fingerprint"]));
  record.header["crowding"] = "5 ranks need 5 processors";
  record.header["accepted_load"] = "a shared machine";
  record.footer["accepted"] = {"5 ranks need 5 processors"};
  for (json* const one : {&record.header, &record.footer}) {
    (*one)["gpus"][0]["throttle_reasons"] = {"thermal"};
    (*one)["gpus"][0]["shared_by"] = 2;
  }
  record.footer["measurements"] = 1;
  record.footer["tainted"] = true;
  record.footer["taints"] = {"throttled"};
  return record;
}

/// What the reader says of it; empty where it reads it.
inline std::string refusal_of(std::string_view text) {
  try {
    read_launch_text(text, "its.jsonl");
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

}  // namespace lanemark
