#include "bench/report/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::size_t page_width = 120;
constexpr std::string_view gap = "  ";

std::string pad(std::string_view text, std::size_t width, Table::Align align) {
  const std::string blanks(width - std::min(width, characters(text)), ' ');
  return align == Table::Align::left ? std::string{text} + blanks : blanks + std::string{text};
}

/// A pipe would start a new cell.
std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

}  // namespace

std::size_t characters(std::string_view text) {
  constexpr unsigned char_mask = 0xC0U;
  constexpr unsigned continuation = 0x80U;
  bool colour = false;
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '\x1b') colour = true;
    if (!colour && (static_cast<unsigned char>(c) & char_mask) != continuation) ++count;
    if (c == 'm') colour = false;
  }
  return count;
}

std::string wrap(std::string_view text, std::size_t width, std::string_view indent) {
  std::string lines;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (used > 0 && used + 1 + characters(word) > width) {
      end_line(lines);
      used = 0;
    }
    lines += used == 0 ? indent : " ";
    used += used == 0 ? characters(indent) : 1;
    lines += word;
    used += characters(word);
  }
  end_line(lines);
  return lines;
}

std::string bullet(std::string_view text, Format format) {
  return format == Format::markdown ? fmt::format("- {}\n", text) : wrap(text, page_width, "  ");
}

std::string heading(std::string_view text, int level, Format format) {
  if (format == Format::markdown) {
    return fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level) + 1, '#'), text);
  }
  const std::string title = wrap(text, page_width);
  return level > 1 ? title : fmt::format("{}{}\n\n", title, std::string(std::min(characters(text), page_width), '='));
}

void Table::row(std::vector<std::string> cells) {
  if (cells.size() != columns_.size()) {
    throw Error(fmt::format("a row of {} cells in a table of {} columns", cells.size(), columns_.size()));
  }
  rows_.push_back({std::move(cells), {}});
}

void Table::note(std::string text) {
  if (rows_.empty()) throw Error("a note before the first row of a table");
  rows_.back().notes.push_back(std::move(text));
}

std::vector<std::size_t> Table::used_columns() const {
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::ranges::any_of(rows_, [i](const Row& one) { return !one.cells[i].empty(); })) used.push_back(i);
  }
  return used;
}

std::size_t Table::width(std::size_t column) const {
  std::size_t most = characters(columns_[column].header);
  for (const Row& one : rows_) most = std::max(most, characters(one.cells[column]));
  return most;
}

std::string Table::render(Format format) const {
  const std::vector<std::size_t> used = used_columns();
  std::vector<std::size_t> widths(columns_.size());
  for (const std::size_t i : used) widths[i] = width(i);
  std::string text;
  std::string notes;
  const auto line = [&](const auto& cell) {
    if (format == Format::markdown) text += "|";
    for (const std::size_t i : used) {
      if (format == Format::markdown) text += fmt::format(" {} |", escape(cell(i)));
      else text += fmt::format("{}{}", gap, pad(cell(i), widths[i], columns_[i].align));
    }
    end_line(text);
  };
  line([&](std::size_t i) { return columns_[i].header; });
  if (format == Format::markdown) {
    text += "|";
    for (const std::size_t i : used) text += columns_[i].align == Align::left ? ":---|" : "---:|";
    text += '\n';
  } else {
    line([&](std::size_t i) { return std::string(widths[i], '-'); });
  }
  for (const Row& one : rows_) {
    line([&](std::size_t i) { return one.cells[i]; });
    for (const std::string& note : one.notes) {
      if (format == Format::markdown) notes += fmt::format("- {}\n", note);
      else text += wrap(note, page_width, "      ");
    }
  }
  return notes.empty() ? text : fmt::format("{}\n{}", text, notes);
}

}  // namespace lanemark
