// SPDX-License-Identifier: MIT

#include "bench/report/gate/csv.hpp"

#include <fmt/format.h>

#include <vector>

#include "bench/report/gate/output.hpp"
#include "bench/report/gate/verdict_figures.hpp"
#include "bench/text/escapes.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::string line(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& one : fields) {
    if (!text.empty()) text += ',';
    text += csv_field(one);
  }
  return text + "\r\n";
}

template <class Number>
std::string cell(const std::optional<Number>& number) {
  return number ? fmt::format("{}", *number) : "";
}

std::string unit(const CaseVerdict& verdict) {
  return verdict.metric == nullptr ? "" : std::string{verdict.metric->unit};
}

std::string better(const CaseVerdict& verdict) {
  if (verdict.metric == nullptr) return {};
  return verdict.metric->better == Better::less ? "less" : "more";
}

std::string side_lines(const Judgement& judgement, const CaseVerdict& verdict, Side side) {
  const std::vector<std::string> key{judgement.fingerprint_id, verdict.name, std::string{metric_name(verdict)},
                                     unit(verdict), std::string{name(side)}};
  const auto with = [&key](std::vector<std::string> rest) {
    rest.insert(rest.begin(), key.begin(), key.end());
    return line(rest);
  };
  const std::span<const double> values = shown_values(verdict, side);
  if (values.empty()) return with({"", "", ""});
  const std::vector<std::string> of = launches_of_values(judgement, verdict, side);
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += with({fmt::format("{}", i), of[i], fmt::format("{}", values[i])});
  }
  return text;
}

std::string verdict_line(const Judgement& judgement, const CaseVerdict& verdict) {
  std::vector<std::string> fields{judgement.fingerprint_id,
                                  verdict.name,
                                  std::string{metric_name(verdict)},
                                  unit(verdict),
                                  better(verdict),
                                  std::string{name(verdict.outcome)},
                                  fmt::format("{}", verdict.base.size()),
                                  fmt::format("{}", verdict.run.size()),
                                  cell(median_of(shown_values(verdict, Side::base))),
                                  cell(median_of(shown_values(verdict, Side::run)))};
  if (const std::optional<Shift> shift = shown_shift(verdict)) {
    for (const double one :
         {shift->change, shift->low, shift->high, shift->confidence, verdict.p, verdict.adjusted_p}) {
      fields.push_back(fmt::format("{}", one));
    }
  } else {
    fields.insert(fields.end(), {"", "", "", "", "", ""});
  }
  fields.insert(fields.end(), {fmt::format("{}", verdict.threshold), verdict.calibrated ? "true" : "false",
                               cell(verdict.detectable), cell(launches_needed(verdict, Side::base)),
                               cell(launches_needed(verdict, Side::run)), verdict.detail});
  return line(fields);
}

const Registered<GateOutput> csv_values{
    {.name = "csv", .what = "CSV, a row for each value", .render = gate_values_csv}};
const Registered<GateOutput> verdicts{
    {.name = "csv-verdicts", .what = "CSV, a row for each metric of each case", .render = gate_verdicts_csv}};

}  // namespace

std::string gate_values_csv(std::span<const Judgement> judgements) {
  std::string text = line({"fingerprint", "case", "metric", "unit", "side", "index", "launch", "value"});
  for (const Judgement& judgement : judgements) {
    for (const CaseVerdict& verdict : judgement.cases) {
      for (const Side side : {Side::base, Side::run}) text += side_lines(judgement, verdict, side);
    }
  }
  return text;
}

std::string gate_verdicts_csv(std::span<const Judgement> judgements) {
  std::string text = line({"fingerprint",
                           "case",
                           "metric",
                           "unit",
                           "better",
                           "outcome",
                           "base_launches",
                           "run_launches",
                           "base_median",
                           "run_median",
                           "change",
                           "low",
                           "high",
                           "confidence",
                           "p",
                           "adjusted_p",
                           "threshold",
                           "calibrated",
                           "detectable",
                           "base_launches_needed",
                           "run_launches_needed",
                           "detail"});
  for (const Judgement& judgement : judgements) {
    for (const CaseVerdict& verdict : judgement.cases) text += verdict_line(judgement, verdict);
  }
  return text;
}

}  // namespace lanemark
