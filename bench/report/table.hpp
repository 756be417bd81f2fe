#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lanemark {

enum class Format { text, markdown };

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
  void row(std::vector<std::string> cells);
  /// A line of its own that belongs to the last row: below it in text, below the table as a list in Markdown.
  void note(std::string text);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Ends in a newline; columns without any cell are left out.
  [[nodiscard]] std::string render(Format format) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<std::string> notes;
  };
  [[nodiscard]] std::vector<std::size_t> used_columns() const;
  [[nodiscard]] std::size_t width(std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

/// Characters, not bytes, of UTF-8 text, without what sets its colour (ESC … m).
std::size_t characters(std::string_view text);

/// `text` broken at blanks into lines of at most `width` characters (a longer word stays whole), each after `indent`.
std::string wrap(std::string_view text, std::size_t width, std::string_view indent = "");

/// A line of a list, indented and at most as wide as a page but for Markdown.
std::string bullet(std::string_view text, Format format);

/// A section's title, level 1 the largest.
std::string heading(std::string_view text, int level, Format format);

}  // namespace lanemark
