// SPDX-License-Identifier: MIT

#include "bench/report/gate/google_benchmark.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "bench/report/gate/output.hpp"
#include "bench/report/gate/sentences.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

using Json = nlohmann::ordered_json;

constexpr double nano = 1e9;

struct Benchmark {
  std::string name;
  std::vector<double> nanoseconds;  ///< by launch
};

/// In order of their names, so that an index means the same case however the verdicts fall.
std::vector<Benchmark> benchmarks(std::span<const Judgement> judgements, Side side) {
  std::vector<Benchmark> all;
  for (const Judgement& judgement : judgements) {
    for (const CaseVerdict& verdict : judgement.cases) {
      const std::span<const double> values = shown_values(verdict, side);
      if (!is_time(verdict) || values.empty()) continue;
      Benchmark one{verdict.name, {}};
      if (judgements.size() > 1) one.name += "/fingerprint:" + judgement.fingerprint_id;
      for (const double value : values) one.nanoseconds.push_back(value * nano);
      all.push_back(std::move(one));
    }
  }
  std::ranges::stable_sort(all, {}, &Benchmark::name);
  return all;
}

/// What a repetition and an aggregate have in common. `kind` is "iteration" or "aggregate".
Json entry(const Benchmark& benchmark, std::size_t index, std::string_view kind) {
  Json json;
  json["name"] = benchmark.name;
  json["family_index"] = index;
  json["per_family_instance_index"] = 0;
  json["run_name"] = benchmark.name;
  json["run_type"] = kind;
  json["repetitions"] = benchmark.nanoseconds.size();
  return json;
}

void add_times(Json& json, std::size_t iterations, double time) {
  json["iterations"] = iterations;
  json["real_time"] = time;
  json["cpu_time"] = time;
  json["time_unit"] = "ns";
}

void add_repetitions(Json& list, const Benchmark& benchmark, std::size_t index) {
  for (std::size_t i = 0; i < benchmark.nanoseconds.size(); ++i) {
    Json json = entry(benchmark, index, "iteration");
    json["repetition_index"] = i;
    json["threads"] = 1;
    add_times(json, 1, benchmark.nanoseconds[i]);
    list.push_back(std::move(json));
  }
}

void add_aggregate(Json& list, const Benchmark& benchmark, std::size_t index, std::string_view aggregate,
                   double value) {
  Json json = entry(benchmark, index, "aggregate");
  json["name"] = fmt::format("{}_{}", benchmark.name, aggregate);
  json["threads"] = 1;
  json["aggregate_name"] = aggregate;
  json["aggregate_unit"] = aggregate == "cv" ? "percentage" : "time";
  add_times(json, benchmark.nanoseconds.size(), value);
  list.push_back(std::move(json));
}

/// None of a single repetition, as there.
void add_aggregates(Json& list, const Benchmark& benchmark, std::size_t index) {
  const std::vector<double>& times = benchmark.nanoseconds;
  if (times.size() < 2) return;
  const auto count = static_cast<double>(times.size());
  const double mean = std::accumulate(times.begin(), times.end(), 0.0) / count;
  double squares = 0;
  for (const double time : times) squares += (time - mean) * (time - mean);
  const double deviation = std::sqrt(squares / (count - 1));
  add_aggregate(list, benchmark, index, "mean", mean);
  add_aggregate(list, benchmark, index, "median", *median_of(times));
  add_aggregate(list, benchmark, index, "stddev", deviation);
  if (mean > 0) add_aggregate(list, benchmark, index, "cv", deviation / mean);
}

/// The fields that its reporter writes, as far as records know them, and ours behind. A machine has no name in records.
Json context(std::span<const Judgement> judgements, Side side) {
  Json json;
  json["date"] = "";
  json["host_name"] = "";
  json["executable"] = "lanemark";
  json["num_cpus"] = judgements.empty() ? 0 : judgements.front().fingerprint.cores;
  json["mhz_per_cpu"] = 0;
  json["cpu_scaling_enabled"] = false;
  json["caches"] = Json::array();
  json["load_avg"] = Json::array();
  json["library_build_type"] = "release";
  json["json_schema_version"] = 1;
  json["lanemark_side"] = name(side);
  json["lanemark_machines"] = Json::array();
  json["lanemark_versions"] = Json::object();
  json["lanemark_wrong_data"] = Json::array();
  for (const Judgement& judgement : judgements) {
    json["lanemark_machines"].push_back(machine(judgement));
    if (!launches(judgement, side).empty()) {
      const LaunchSummary& last = launches(judgement, side).back();
      json["date"] = last.started;
      for (const auto& [software, version] : last.versions) json["lanemark_versions"][software] = version;
    }
    for (const CaseVerdict& verdict : judgement.cases) {
      if (side == Side::base || verdict.outcome != Outcome::wrong_data) continue;
      json["lanemark_wrong_data"].push_back(fmt::format("{}: {}", verdict.name, verdict.detail));
    }
  }
  return json;
}

/// In ASCII, so that names stay what they are and yet nothing happens where this is looked at: only strings have a #,
/// and two of them might address a service that reads logs. Names may have bytes that are no UTF-8.
std::string json_text(const Json& json) {
  std::string text;
  for (const char c : json.dump(2, ' ', true, Json::error_handler_t::replace)) {
    if (c == '#' && text.ends_with('#')) text += "\\u0023";
    else text += c;
  }
  return text;
}

const Registered<GateOutput> base_output{{.name = "google-benchmark-base",
                                          .what = "the base as Google Benchmark's JSON",
                                          .render = [](auto all) { return gate_google_benchmark(all, Side::base); }}};
const Registered<GateOutput> run_output{{.name = "google-benchmark-run",
                                         .what = "the run as Google Benchmark's JSON",
                                         .render = [](auto all) { return gate_google_benchmark(all, Side::run); }}};

}  // namespace

std::string gate_google_benchmark(std::span<const Judgement> judgements, Side side) {
  Json list = Json::array();
  const std::vector<Benchmark> all = benchmarks(judgements, side);
  for (std::size_t i = 0; i < all.size(); ++i) {
    add_repetitions(list, all[i], i);
    add_aggregates(list, all[i], i);
  }
  Json json;
  json["context"] = context(judgements, side);
  json["benchmarks"] = std::move(list);
  return json_text(json) + '\n';
}

}  // namespace lanemark
