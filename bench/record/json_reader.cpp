// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "bench/record/machine_json.hpp"
#include "bench/record/record_names.hpp"
#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"
#include "collectives/core/collective.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

/// Its place among the names.
std::size_t place_of(const json& object, std::string_view field, std::span<const std::string_view> names) {
  const std::string text = required_text(object, field, bounds::word);
  const auto found = std::ranges::find(names, text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  refuse_field(field, fmt::format("is {}, not one of {}", in_quotes(text), fmt::join(names, ", ")));
}

std::vector<Seconds> read_samples(const json& record) {
  std::vector<Seconds> samples;
  const json& list = list_in(required(record, "samples_seconds"), "samples_seconds", bounds::samples);
  samples.reserve(list.size());
  for (const json& one : list) samples.emplace_back(number_in(one, "samples_seconds", bounds::time, "has one"));
  return samples;
}

Work read_work(const json& object) {
  return {.elements = required_in(object, "elements", bounds::count),
          .bytes = Bytes{required_in(object, "bytes", bounds::count)},
          .bus_factor = required_in(object, "bus_factor", bounds::bus_factor),
          .flops = {required_in(object, "flops", bounds::flops)},
          .samples = required_in(object, "samples", bounds::count)};
}

TrainingFigures read_training(const json& object) {
  TrainingFigures figures;
  for (const json& phase : list_in(required(object, "phases"), "phases", bounds::phases)) {
    figures.phases.push_back(
        {required_text(phase, "name", bounds::word), Seconds{required_in(phase, "seconds", bounds::duration)}});
  }
  if (const auto silent = optional_in(object, "without_communication_seconds", bounds::duration)) {
    figures.without_communication = Seconds{*silent};
  }
  figures.bytes_sent = required_list(object, "bytes_sent", bounds::of_ranks, bounds::count);
  figures.peak_memory = required_list(object, "peak_memory_bytes", bounds::of_ranks, bounds::count);
  figures.buckets = required_list(object, "buckets_bytes", bounds::buckets, bounds::count);
  figures.parameters = required_in(object, "parameters", bounds::count);
  figures.batch = required_in(object, "batch", bounds::count);
  return figures;
}

Route read_route(const json& object) {
  return {.algorithm = required_text(object, "algorithm", bounds::word),
          .protocol = optional_text(object, "protocol", bounds::word),
          .channels = required_in(object, "channels", bounds::some),
          .inferred = optional_truth(object, "inferred")};
}

void require_rank(int rank, int ranks, std::string_view field) {
  if (rank >= ranks) refuse_field(field, fmt::format("has rank {}, and the case has {}", rank, ranks));
}

/// Of the label "pair:2>3", which a collective's table is drawn by, or "root:1".
void require_ranks_of(const Case& what, std::string_view key) {
  if (what.suite != "collectives") return;
  const std::string text = label(what, key);
  const auto second = text.find('>');
  for (const std::string& one : {text.substr(0, second), second == std::string::npos ? "" : text.substr(second + 1)}) {
    const bool number = !one.empty() && one.find_first_not_of("0123456789") == std::string::npos;
    constexpr std::size_t most_digits = 7;
    if (!number) continue;
    require_rank(one.size() > most_digits ? bounds::ranks.most : std::stoi(one), what.ranks, "labels");
  }
}

/// A speed is bytes, times a factor, over time: of a case that is known these follow from it.
void require_work(const Measurement& m) {
  if (m.what.suite != "collectives") return;
  if (const Bytes size = m.what.size.value_or(Bytes{}); m.work.bytes != Bytes{} && m.work.bytes != size) {
    refuse_field("bytes", fmt::format("is {}, and the case's size {}", m.work.bytes.value, size.value));
  }
  const Collective* const known = Registry<Collective>::find(m.what.operation);
  if (known == nullptr || known->uneven_counts != nullptr) return;  // the counts decide
  constexpr double rounding = 1e-9;
  const double most = known->bus_factor({.count = 1}, m.what.ranks);
  if (m.work.bus_factor <= most + rounding) return;
  refuse_field("bus_factor", fmt::format("is {}, and that of {} over {} ranks at most {}", m.work.bus_factor,
                                         known->name, m.what.ranks, most));
}

/// What was found of the data is found of what was timed.
void require_samples(const Measurement& m) {
  if (m.samples.empty() && m.verdict.kind == Verdict::Kind::correct) {
    refuse_field("verdict", "is correct, and there are no samples");
  }
  if (!m.samples.empty() && m.operations_per_sample == 0) {
    refuse_field("operations_per_sample", "is 0, and there are samples");
  }
}

/// What the parts say of each other.
void require_consistent(const Measurement& m) {
  const int ranks = m.what.ranks;
  if (measured(m)) require_ranks_of(m.what, "root");  // one that is not there is why a case was skipped
  if (m.slowest_rank.size() != m.samples.size()) {
    refuse_field("slowest_rank", fmt::format("has {} ranks of {} samples", m.slowest_rank.size(), m.samples.size()));
  }
  for (const int rank : m.slowest_rank) require_rank(rank, ranks, "slowest_rank");
  require_samples(m);
  if (measured(m)) require_work(m);
  if (!m.skipped.empty() && !m.samples.empty())
    refuse_field("skipped", "says that nothing was measured, beside samples");
  if (m.what.suite == "training" && measured(m) && m.work.samples == 0) {
    refuse_field("samples", "of a training step are none");
  }
  for (const GpuUse& gpu : m.gpus) require_rank(gpu.rank, ranks, "gpus");
  std::vector<int> grouped;
  for (const GroupTime& group : m.groups) {
    if (group.ranks.empty()) refuse_field("groups", "has one without ranks");
    for (const int rank : group.ranks) require_rank(rank, ranks, "groups");
    grouped.insert(grouped.end(), group.ranks.begin(), group.ranks.end());
  }
  std::ranges::sort(grouped);
  if (const auto twice = std::ranges::adjacent_find(grouped); twice != grouped.end()) {
    refuse_field("groups", fmt::format("has rank {} twice", *twice));
  }
  if (!m.training) return;
  const auto of_ranks = [ranks](const std::vector<std::uint64_t>& list, std::string_view field) {
    if (list.size() == static_cast<std::size_t>(ranks)) return;
    refuse_field(field, fmt::format("has {} entries, and the case {} ranks", list.size(), ranks));
  };
  of_ranks(m.training->bytes_sent, "bytes_sent");
  of_ranks(m.training->peak_memory, "peak_memory_bytes");
}

}  // namespace

Versions versions_from_json(const json& object) {
  Versions versions = texts_by_name(object, "versions", bounds::sentence);
  // It stands beside each case of a history.
  if (versions.contains("commit")) static_cast<void>(required_text(object["versions"], "commit", bounds::word));
  return versions;
}

Case case_from_json(const json& object) {
  Case what;
  what.suite = required_text(object, "suite", bounds::word);
  what.operation = required_text(object, "operation", bounds::word);
  what.ranks = required_in(object, "ranks", bounds::ranks);
  what.backend = optional_text(object, "backend", bounds::word);
  what.dtype = optional_text(object, "dtype", bounds::word);
  what.mode = optional_text(object, "mode", bounds::word);
  if (const auto size = optional_in(object, "size_bytes", bounds::case_size)) what.size = Bytes{*size};
  if (const json* const labels = optional_list(object, "labels", bounds::labels)) {
    for (const json& one : *labels) {
      what.labels.push_back({required_text(one, "key", bounds::word), required_text(one, "value", bounds::name)});
    }
  }
  require_ranks_of(what, "pair");
  return what;
}

void require_name(const Case& what, std::string_view title, std::string_view field) {
  const std::string named = name(what);
  if (named.size() > bounds::name && character_count(named) > bounds::name) {
    refuse_field("case",
                 fmt::format("makes a name of {} characters, more than {}", character_count(named), bounds::name));
  }
  if (title != named) {
    refuse_field(field, fmt::format("is {}, and the case's is {}", in_quotes(title), in_quotes(named)));
  }
}

Measurement measurement_from_json(const json& record) {
  Measurement m;
  m.what = case_from_json(required(record, "case"));
  require_name(m.what, required_text(record, "name", bounds::name), "name");
  m.repetition = required_in(record, "repetition", bounds::repetition);
  m.device = device_names.at(place_of(record, "device", device_names));
  m.transport = required_text(record, "transport", bounds::word);
  m.work = read_work(required(record, "work"));
  m.operations_per_sample = required_in(record, "operations_per_sample", bounds::operations);
  m.samples = read_samples(record);
  m.slowest_rank = required_list(record, "slowest_rank", bounds::samples, bounds::rank);
  m.warm_up = Seconds{required_in(record, "warm_up_seconds", bounds::duration)};
  m.warm_up_operations = required_in(record, "warm_up_operations", bounds::operations);
  const json& verdict = required(record, "verdict");
  m.verdict = {static_cast<Verdict::Kind>(place_of(verdict, "kind", verdict_names)),
               optional_text(verdict, "detail", bounds::sentence)};
  m.skipped = optional_text(record, "skipped", bounds::sentence);
  if (const json* const limit = find_field(record, "limit")) {
    m.limit = Limit{required_text(*limit, "name", bounds::word),
                    {required_in(*limit, "bytes_per_second", bounds::bytes_per_second)}};
  }
  if (find_field(record, "stopped_by") != nullptr) {
    m.stop = static_cast<Stop>(place_of(record, "stopped_by", stop_names));
  }
  if (const json* const route = find_field(record, "route")) m.route = read_route(*route);
  if (const json* const groups = optional_list(record, "groups", bounds::of_ranks)) {
    for (const json& one : *groups) {
      m.groups.push_back({.ranks = required_list(one, "ranks", bounds::of_ranks, bounds::rank),
                          .median = Seconds{required_in(one, "median_seconds", bounds::time)}});
    }
  }
  if (const json* const processors = find_field(record, "processors")) {
    m.processors = processor_use_from_json(*processors);
  }
  if (const json* const gpus = optional_list(record, "gpus", bounds::of_ranks)) {
    for (const json& one : *gpus) m.gpus.push_back(gpu_use_from_json(one));
  }
  if (const json* const training = find_field(record, "training")) m.training = read_training(*training);
  if (const json* const ceilings = optional_list(record, "ceilings", bounds::ceilings)) {
    for (const json& one : *ceilings) {
      m.ceilings.push_back(
          {required_text(one, "name", bounds::word), required_in(one, "per_second", bounds::per_second)});
    }
  }
  require_consistent(m);
  return m;
}

}  // namespace lanemark
