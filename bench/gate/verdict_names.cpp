#include <algorithm>

#include "bench/gate/verdict.hpp"

namespace lanemark {

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::wrong_data: return "WRONG DATA";
    case Outcome::regressed: return "REGRESSED";
    case Outcome::inconclusive: return "INCONCLUSIVE";
    case Outcome::no_baseline: return "NO BASELINE";
    case Outcome::missing: return "MISSING";
    case Outcome::improved: return "IMPROVED";
    case Outcome::same: return "SAME";
  }
  return "INCONCLUSIVE";
}

std::size_t Judgement::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(cases, outcome, &CaseVerdict::outcome));
}

}  // namespace lanemark
