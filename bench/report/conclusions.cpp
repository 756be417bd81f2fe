// SPDX-License-Identifier: MIT

#include "bench/report/conclusions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/report/grouping.hpp"
#include "bench/text/figures.hpp"

namespace lanemark {
namespace {

/// Differences below it say nothing: repetitions of one launch agree better than launches do.
constexpr double indistinct = 1.02;

std::string contender(const Measurement& m, bool several_backends) {
  return several_backends ? fmt::format("{} over {}", strategy(m), m.what.backend) : strategy(m);
}

std::string versus(const Measurement& fastest, const Measurement& other, const std::string& other_name) {
  const double factor = samples_per_second(fastest) / samples_per_second(other);
  if (factor < indistinct) return fmt::format("as fast as {} within 2 %", other_name);
  return fmt::format("{:.2f} times as fast as {}", factor, other_name);
}

std::string compare(std::vector<Measurement> rows, int ranks) {
  const bool several_backends = !same(rows, [](const Measurement& m) { return m.what.backend; });
  std::ranges::stable_sort(rows, std::ranges::greater{}, samples_per_second);
  const Measurement& fastest = rows.front();
  std::vector<std::string> others;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    others.push_back(versus(fastest, rows[i], contender(rows[i], several_backends)));
  }
  return fmt::format("At {} ranks {} does {} samples/s: {}.", ranks, contender(fastest, several_backends),
                     figure(samples_per_second(fastest)), fmt::join(others, ", "));
}

/// Of a case measured several times, the repetition in the middle.
std::vector<Measurement> one_of_each(const std::vector<Measurement>& rows) {
  std::vector<Measurement> chosen;
  for (Group& group : group_by(rows, [](const Measurement& m) { return name(m.what); })) {
    std::ranges::stable_sort(group.rows, {}, samples_per_second);
    chosen.push_back(group.rows[group.rows.size() / 2]);
    chosen.back().repetition = 0;
  }
  return chosen;
}

}  // namespace

std::string strategy(const Measurement& m) {
  const std::string cap = label(m.what, "cap");
  return label(m.what, "sync") + (cap.empty() ? "" : " " + cap);
}

std::vector<std::string> conclusions(const std::vector<Measurement>& rows) {
  std::vector<Measurement> right;
  std::ranges::copy_if(rows, std::back_inserter(right), presentable);
  const std::vector<Measurement> usable = one_of_each(right);
  int most = 1;
  for (const Measurement& m : usable) most = std::max(most, m.what.ranks);
  if (most < 2) return {};
  std::vector<Measurement> widest;
  std::ranges::copy_if(usable, std::back_inserter(widest), [&](const Measurement& m) { return m.what.ranks == most; });
  std::vector<std::string> sentences;
  if (widest.size() > 1) sentences.push_back(compare(widest, most));

  std::vector<std::string> slower;
  const SingleRanks alone{usable};
  for (const Measurement& m : usable) {
    const std::optional<double> gain = m.what.ranks > 1 ? speed_up(m, alone) : std::nullopt;
    if (gain && *gain < 1) {
      slower.push_back(
          fmt::format("{} with {} ranks ({:.2f} of one rank's samples/s)", strategy(m), m.what.ranks, *gain));
    }
  }
  if (!slower.empty()) {
    sentences.push_back(fmt::format("Slower than one rank alone: {}.", fmt::join(slower, ", ")));
  }
  return sentences;
}

}  // namespace lanemark
