// SPDX-License-Identifier: MIT

#include "bench/report/marks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/machine/quiet.hpp"
#include "bench/text/figures.hpp"

namespace lanemark {
namespace {

/// Of the limit, or of the ceilings of a kernel.
double largest_share(const Measurement& m) {
  double most = share_of_limit(m).value_or(0);
  for (const Ceiling& one : m.ceilings) most = std::max(most, ceiling_rate(m) / one.per_second);
  return most;
}

/// How that can be.
std::string above_limit(const Measurement& m) {
  const std::string moved = m.work.bytes == Bytes{} ? "" : fmt::format(" ({} here)", amount_figure(m.work.bytes));
  const bool counts_flops = m.work.flops.value > 0 && !m.ceilings.empty();
  return fmt::format(
      "above its limit, which then is not what held it: {}",
      counts_flops
          ? "the product that the limit was measured with is slower than this one; the larger share of the "
            "datasheet's limit is the one to look at"
          : fmt::format("data that fits into a cache{} does not move at the rate of what lies behind it, and a "
                        "limit measured beside other load is too low; larger sizes show the limit's own",
                        moved));
}

}  // namespace

std::string median_figure(const Measurement& m) {
  return fmt::format("{}{}{}", time_figure(median(m)), uneven(m) ? " ^" : "", disturbance(m).empty() ? "" : " *");
}

std::string share_of_limit_figure(double share) {
  return percent_figure(share) + (share > quiet::above_limit ? " >" : "");
}

std::vector<std::string> legends(const std::vector<Measurement>& rows) {
  double most_uneven = 0;
  std::string disturbed;
  double worst = -1;
  const Measurement* above = nullptr;
  for (const Measurement& m : rows) {
    if (!presentable(m)) continue;
    if (uneven(m)) most_uneven = std::max(most_uneven, mean(m) / median(m));
    if (const std::string why = disturbance(m); !why.empty()) {
      const double share = m.processors ? share_of_others(*m.processors) : 0;
      if (share > worst) disturbed = why;
      worst = std::max(worst, share);
    }
    if (above == nullptr && largest_share(m) > quiet::above_limit) above = &m;
  }
  std::vector<std::string> all;
  if (most_uneven > 0) {
    all.push_back(
        fmt::format("^: uneven samples, whose mean is more than 1.2 times the median (here up to {} times); rates over "
                    "many steps come from the mean",
                    figure(most_uneven)));
  }
  if (!disturbed.empty()) all.push_back(fmt::format("*: disturbed, and not compared: {}", disturbed));
  if (above != nullptr) all.push_back(fmt::format(">: {}", above_limit(*above)));
  return all;
}

std::string_view verified_figure(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::correct: return "yes";
    case Verdict::Kind::wrong: return "WRONG";
    case Verdict::Kind::unverified: break;
  }
  return "no";
}

std::string straggler_figure(const Measurement& m) {
  if (m.what.ranks < 2 || m.slowest_rank.empty()) return {};
  const Straggler worst = straggler(m);
  return fmt::format("{} ({:.0f} %)", worst.rank, 100 * worst.share);
}

std::string limit_figure(const std::optional<Limit>& limit) {
  if (!limit) return "none known";
  return fmt::format("{}, {} GB/s", limit->name, rate_figure(limit->rate));
}

}  // namespace lanemark
