// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lanemark {

enum class Format { text, markdown };

// Texts may come from anywhere, a stranger's record too: what is given here is plain text, and rendering spells it as
// the format needs it. Only what a Cell calls its own reaches the output as it is.

/// What stands at a place of a table.
struct Cell {
  enum class Kind { text, code };

  // NOLINTBEGIN(google-explicit-constructor): most cells are nothing but text
  Cell(std::string what, Kind as = Kind::text) : text{std::move(what)}, kind{as} {}
  Cell(std::string_view what) : text{what} {}
  Cell(const char* what) : text{what} {}
  // NOLINTEND(google-explicit-constructor)
  static Cell code(std::string what) { return {std::move(what), Kind::code}; }

  std::string text;
  Kind kind = Kind::text;
  std::string_view mark{};    ///< of the program's own, before the text
  std::string_view colour{};  ///< "1;31", as ANSI sequences have it, on a terminal; empty for none
};

/// Rows of cells under headers that carry the units. Text is padded to columns; Markdown is a pipe table.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string header;
    Align align = Align::right;
  };

  /// `columns` must not be empty.
  explicit Table(std::vector<Column> columns) : columns_{std::move(columns)} {}

  /// As many cells as columns. Throws Error otherwise.
  void row(std::vector<Cell> cells);
  /// A line of its own that belongs to the last row: below it in text, below the table as a list in Markdown.
  void note(std::string text);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Ends in a newline; columns without any cell are left out.
  [[nodiscard]] std::string render(Format format) const;

 private:
  struct Row {
    std::vector<Cell> cells;
    std::vector<std::string> notes;
  };
  [[nodiscard]] std::vector<std::size_t> used_columns() const;
  [[nodiscard]] std::size_t width(std::size_t column) const;  ///< as text

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// `text` in colour, as Cell::colour says; as it is where that is empty.
std::string painted(std::string_view text, std::string_view colour);

/// `line`, which is of one line already, broken at blanks into lines of at most `width` characters (a longer word stays
/// whole), each after `indent`.
std::string wrap(std::string_view line, std::size_t width, std::string_view indent = "");

/// As wide as a page but for Markdown; nothing for an empty text.
std::string paragraph(std::string_view text, Format format);

/// A line of a list, indented and at most as wide as a page but for Markdown.
std::string bullet(std::string_view text, Format format);

/// A section's title, level 1 the largest.
std::string heading(std::string_view text, int level, Format format);

}  // namespace lanemark
