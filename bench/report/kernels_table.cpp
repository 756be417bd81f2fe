// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "bench/report/console.hpp"
#include "bench/report/grouping.hpp"
#include "bench/report/marks.hpp"
#include "bench/text/figures.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

bool counts_flops(const Measurement& m) { return m.work.flops.value > 0; }

std::string rate_cell(const Measurement& m) {
  constexpr double tera = 1e12;
  return counts_flops(m) ? figure(ceiling_rate(m) / tera) : rate_figure({ceiling_rate(m)});
}

/// The share of the "measured" ceiling, or of the "datasheet"'s; either may not be known.
std::string share_cell(const Measurement& m, std::string_view source) {
  const Ceiling* const known = ceiling(m, source);
  return known == nullptr ? "" : share_of_limit_figure(ceiling_rate(m) / known->per_second);
}

/// Finds the same kernel, shape and type by another way to compute.
class Ways {
 public:
  /// They outlive it.
  explicit Ways(const std::vector<Measurement>& all) {
    for (const Measurement& m : all) {
      names_.insert(name(m.what));
      if (presentable(m)) presentable_.try_emplace({name(m.what), m.repetition}, &m);
    }
  }
  /// In the same repetition, or null.
  [[nodiscard]] const Measurement* presentable_by(std::string_view backend, const Measurement& m) const {
    const auto found = presentable_.find({name_by(backend, m), m.repetition});
    return found == presentable_.end() ? nullptr : found->second;
  }
  /// Whether there is a row of it, in any repetition.
  [[nodiscard]] bool has(std::string_view backend, const Measurement& m) const {
    return names_.contains(name_by(backend, m));
  }

 private:
  static std::string name_by(std::string_view backend, const Measurement& m) {
    Case other = m.what;
    other.backend = backend;
    return name(other);
  }
  std::set<std::string> names_;
  std::map<std::pair<std::string, int>, const Measurement*> presentable_;
};

/// Long names are shortened, so that rows fit a page.
std::string kernel_name(const Measurement& m) {
  constexpr std::string_view whole = "convolution";
  std::string name = m.what.operation;
  if (name.starts_with(whole)) name.replace(0, whole.size(), "conv");
  return name;
}

std::string kernels_title(const Measurement& m) {
  return counts_flops(m) ? "matrix kernels" : "kernels that memory limits";
}

void add_row(Table& table, const Measurement& m, const Ways& ways, bool repeated) {
  const Measurement* const library = m.what.backend == "library" ? nullptr : ways.presentable_by("library", m);
  std::vector<Cell> cells{kernel_name(m), label(m.what, "shape"), m.what.dtype,
                          repeated ? fmt::format("{}", m.repetition) : "",
                          m.what.backend == "library" ? "library" : ""};
  if (presentable(m)) {
    cells.insert(cells.end(), {median_figure(m), rate_cell(m), share_cell(m, "measured"), share_cell(m, "datasheet"),
                               library == nullptr ? "" : median_figure(*library),
                               library == nullptr ? "" : fmt::format("{:.2f}", median(*library) / median(m))});
  } else {
    cells.insert(cells.end(), {"-", "-", "-", "", "", ""});
  }
  cells.emplace_back(verified_figure(m.verdict));
  table.row(std::move(cells));
  if (m.verdict.kind == Verdict::Kind::wrong) table.note(fmt::format("WRONG: {}", m.verdict.detail));
}

std::string ceilings_of(const Group& group, Format format) {
  std::string lines;
  std::set<std::string_view> said;
  for (const Measurement& m : group.rows) {
    for (const Ceiling& ceiling : m.ceilings) {
      if (!said.insert(ceiling.name).second) continue;
      constexpr double tera = 1e12;
      lines += bullet(fmt::format("{}: {}", ceiling.name,
                                  counts_flops(m) ? figure(ceiling.per_second / tera) + " TFLOP/s"
                                                  : rate_figure({ceiling.per_second}) + " GB/s, reads plus writes"),
                      format);
    }
  }
  return lines;
}

/// What the columns of shares are shares of.
std::string_view legend(const Measurement& m) {
  return counts_flops(m) ? "% limit: of the library's large product, measured on this device; % sheet: of its datasheet"
                         : "% limit: of a copy in this device's memory, measured; % sheet: of its datasheet";
}

std::string kernels_tables(const std::vector<Measurement>& of_suite, Format format) {
  std::string text;
  for (const Group& group : group_by(of_suite, kernels_title)) {
    Table table{{{"kernel", Table::Align::left},
                 {"shape", Table::Align::left},
                 {"type", Table::Align::left},
                 {"rep"},
                 {"by", Table::Align::left},
                 {"median"},
                 {counts_flops(group.rows.front()) ? "TFLOP/s" : "GB/s"},
                 {"% limit"},
                 {"% sheet"},
                 {"library"},
                 {"x library"},
                 {"verified", Table::Align::left}}};
    const bool repeated = !same(group.rows, &Measurement::repetition);
    const Ways ways{group.rows};
    for (const Measurement& m : group.rows) {
      // The library has a row of its own only where it stands alone, or went wrong.
      const bool beside = m.what.backend == "library" && presentable(m) && ways.has("hand", m);
      if (!beside) add_row(table, m, ways, repeated);
    }
    text += heading(group.key, 2, format) + table.render(format) + legend_lines(group.rows, format) + '\n' +
            ceilings_of(group, format) + bullet(legend(group.rows.front()), format) + '\n';
  }
  return text;
}

const Registered<SuiteReport> kernels{{.name = "kernels", .order = 4, .render = kernels_tables}};

}  // namespace
}  // namespace lanemark
