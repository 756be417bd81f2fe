#include <fmt/format.h>

#include "bench/report/console.hpp"
#include "bench/report/figures.hpp"
#include "bench/report/grouping.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

bool counts_flops(const Measurement& m) { return m.work.flops.value > 0; }

/// Floating-point operations or bytes a second, as its ceilings count.
double rate(const Measurement& m) {
  return (counts_flops(m) ? m.work.flops.value : static_cast<double>(m.work.bytes.value)) / median(m).count();
}

std::string rate_cell(const Measurement& m) {
  constexpr double tera = 1e12;
  return counts_flops(m) ? figure(rate(m) / tera) : rate_figure({rate(m)});
}

/// The share of the measured ceiling, or of the datasheet's.
std::string share_cell(const Measurement& m, std::size_t ceiling) {
  return m.ceilings.size() > ceiling ? percent_figure(rate(m) / m.ceilings[ceiling].per_second) : "";
}

/// The same kernel, shape and type by the vendor's library, or null.
const Measurement* by_library(const Measurement& m, const std::vector<Measurement>& all) {
  Case wanted = m.what;
  wanted.backend = "library";
  for (const Measurement& other : all) {
    if (other.what == wanted && other.repetition == m.repetition && presentable(other)) return &other;
  }
  return nullptr;
}

/// Long names are shortened, so that rows fit a page.
std::string kernel_name(const Measurement& m) {
  constexpr std::string_view whole = "convolution";
  std::string name = m.what.operation;
  if (name.starts_with(whole)) name.replace(0, whole.size(), "conv");
  return name;
}

std::string title(const Measurement& m) { return counts_flops(m) ? "matrix kernels" : "kernels that memory limits"; }

void add_row(Table& table, const Measurement& m, const std::vector<Measurement>& all, bool repeated) {
  const Measurement* const library = m.what.backend == "library" ? nullptr : by_library(m, all);
  std::vector<std::string> cells{kernel_name(m), label(m.what, "shape"), m.what.dtype,
                                 repeated ? fmt::format("{}", m.repetition) : "",
                                 m.what.backend == "library" ? "library" : ""};
  if (presentable(m)) {
    cells.insert(cells.end(), {time_figure(median(m)), rate_cell(m), share_cell(m, 0), share_cell(m, 1),
                               library == nullptr ? "" : time_figure(median(*library)),
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
  std::vector<std::string> said;
  for (const Measurement& m : group.rows) {
    for (const Ceiling& ceiling : m.ceilings) {
      if (std::ranges::find(said, ceiling.name) != said.end()) continue;
      said.push_back(ceiling.name);
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

std::string render(const std::vector<Measurement>& of_suite, Format format) {
  const std::vector<Measurement> rows = without_skipped(of_suite);
  std::string text;
  for (const Group& group : group_by(rows, title)) {
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
    for (const Measurement& m : group.rows) {
      // The library has a row of its own only where it stands alone, or went wrong.
      Case hand = m.what;
      hand.backend = "hand";
      const bool beside = m.what.backend == "library" && presentable(m) &&
                          std::ranges::any_of(group.rows, [&](const Measurement& other) { return other.what == hand; });
      if (!beside) add_row(table, m, group.rows, repeated);
    }
    text += heading(group.key, 2, format) + table.render(format) + '\n' + ceilings_of(group, format) +
            bullet(legend(group.rows.front()), format) + '\n';
  }
  const std::string skipped = skipped_lines(of_suite, format);
  return skipped.empty() ? text : text + skipped + '\n';
}

const Registered<SuiteReport> kernels{{.name = "kernels", .order = 4, .render = render}};

}  // namespace
}  // namespace lanemark
