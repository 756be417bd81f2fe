// SPDX-License-Identifier: MIT

#include "bench/report/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/text/characters.hpp"
#include "bench/text/escapes.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::size_t page_width = 120;
constexpr std::string_view gap = "  ";

std::string pad(std::string_view text, std::size_t width, Table::Align align, std::string_view colour) {
  const std::string blanks(width - std::min(width, character_count(text)), ' ');
  return align == Table::Align::left ? painted(text, colour) + blanks : blanks + painted(text, colour);
}

std::string spelled(const Cell& cell, Format format) {
  std::string text{cell.mark};
  if (format == Format::text) return text + one_line(cell.text);
  return text + (cell.kind == Cell::Kind::code ? markdown_code(cell.text) : markdown_text(cell.text));
}

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

}  // namespace

std::string painted(std::string_view text, std::string_view colour) {
  return colour.empty() ? std::string{text} : fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
}

std::string wrap(std::string_view line, std::size_t width, std::string_view indent) {
  std::string lines;
  std::size_t used = 0;
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    if (used > 0 && used + 1 + character_count(word) > width) {
      end_line(lines);
      used = 0;
    }
    lines += used == 0 ? indent : " ";
    used += used == 0 ? character_count(indent) : 1;
    lines += word;
    used += character_count(word);
  }
  end_line(lines);
  return lines;
}

std::string paragraph(std::string_view text, Format format) {
  if (text.empty()) return {};
  return format == Format::markdown ? markdown_line(text) + '\n' : wrap(one_line(text), page_width);
}

std::string bullet(std::string_view text, Format format) {
  return format == Format::markdown ? fmt::format("- {}\n", markdown_line(text))
                                    : wrap(one_line(text), page_width, "  ");
}

std::string heading(std::string_view text, int level, Format format) {
  if (format == Format::markdown) {
    return fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level) + 1, '#'), markdown_text(text));
  }
  const std::string line = one_line(text);
  const std::string title = wrap(line, page_width);
  return level > 1 ? title
                   : fmt::format("{}{}\n\n", title, std::string(std::min(character_count(line), page_width), '='));
}

void Table::row(std::vector<Cell> cells) {
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
  const auto filled = [](const Cell& cell) { return !cell.text.empty() || !cell.mark.empty(); };
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::ranges::any_of(rows_, [&](const Row& one) { return filled(one.cells[i]); })) used.push_back(i);
  }
  return used;
}

std::size_t Table::width(std::size_t column) const {
  std::size_t most = character_count(one_line(columns_[column].header));
  for (const Row& one : rows_) most = std::max(most, character_count(spelled(one.cells[column], Format::text)));
  return most;
}

std::string Table::render(Format format) const {
  const std::vector<std::size_t> used = used_columns();
  std::vector<std::size_t> widths(columns_.size());
  for (const std::size_t i : used) widths[i] = format == Format::text ? width(i) : 0;
  std::string text;
  std::string notes;
  const auto line = [&](const auto& cell) {
    if (format == Format::markdown) text += "|";
    for (const std::size_t i : used) {
      const Cell& one = cell(i);
      if (format == Format::markdown) text += fmt::format(" {} |", spelled(one, format));
      else text += fmt::format("{}{}", gap, pad(spelled(one, format), widths[i], columns_[i].align, one.colour));
    }
    end_line(text);
  };
  line([&](std::size_t i) -> Cell { return columns_[i].header; });
  if (format == Format::markdown) {
    text += "|";
    for (const std::size_t i : used) text += columns_[i].align == Align::left ? ":---|" : "---:|";
    text += '\n';
  } else {
    line([&](std::size_t i) -> Cell { return std::string(widths[i], '-'); });
  }
  for (const Row& one : rows_) {
    line([&](std::size_t i) -> const Cell& { return one.cells[i]; });
    for (const std::string& note : one.notes) {
      if (format == Format::markdown) notes += bullet(note, format);
      else text += wrap(one_line(note), page_width, "      ");
    }
  }
  return notes.empty() ? text : fmt::format("{}\n{}", text, notes);
}

}  // namespace lanemark
