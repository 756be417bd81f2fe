// SPDX-License-Identifier: MIT

#include "bench/text/escapes.hpp"

#include <fmt/format.h>

#include <charconv>

#include "bench/text/characters.hpp"

namespace lanemark {
namespace {

/// As records, figures and the C library write numbers: "-1.5e-06", "+3", "inf", "-nan".
bool is_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && status != std::errc::invalid_argument && end == text.data() + text.size();
}

/// One of these at a cell's beginning makes a formula of it; some spreadsheets look for it behind blanks, take the wide
/// ones for the same, and read quotes away where a cell of theirs begins in the middle of ours.
bool reads_as_formula(std::string_view text) {
  constexpr std::string_view formula = "=+-@";
  const std::size_t begin = text.find_first_not_of(" \"");
  if (begin == std::string_view::npos) return false;
  const std::string_view rest = text.substr(begin);
  for (const std::string_view wide : {"＝", "＋", "－", "＠"}) {
    if (rest.starts_with(wide)) return true;
  }
  return formula.find(rest.front()) != std::string_view::npos;
}

/// Each line by itself as one_line, with the breaks there were.
std::string lines_of_cell(std::string_view text) {
  std::string lines;
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) return lines + one_line(line);
    const bool with_return = line.ends_with('\r');
    lines += one_line(with_return ? line.substr(0, end - 1) : line) + (with_return ? "\r\n" : "\n");
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&apos;"; break;
      // As they are they would read as blanks in an attribute.
      case '\t':
      case '\n':
      case '\r': escaped += fmt::format("&#{};", static_cast<unsigned>(c)); break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string csv_field(std::string_view text) {
  const std::string plain = lines_of_cell(text);
  std::string field;
  bool begins = true;
  // Where the comma stands in numbers, spreadsheets take a semicolon for the end of a cell, and a break for that of a
  // row, in quotes or not. A number is one where it is all there is: what follows a part would be read with it.
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool whole_number = i == 0 && is_number(plain);
    if (begins && !whole_number && reads_as_formula(std::string_view{plain}.substr(i))) field += '\'';
    field += plain[i];
    begins = plain[i] == ';' || plain[i] == '\n';
  }
  if (field.find_first_of("\",\n") == std::string::npos) return field;
  std::string enclosed = "\"";
  for (const char c : field) enclosed.append(c == '"' ? 2 : 1, c);
  return enclosed + '"';
}

std::string annotation_data(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    if (c == '%') escaped += "%25";
    else if (c == '\r') escaped += "%0D";
    else if (c == '\n') escaped += "%0A";
    else if (c == '\t') escaped += ' ';
    else escaped += c;
  }
  return escaped;
}

std::string annotation_property(std::string_view text) {
  std::string escaped;
  for (const char c : annotation_data(text)) {
    if (c == ':') escaped += "%3A";
    else if (c == ',') escaped += "%2C";
    else escaped += c;
  }
  return escaped;
}

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    if (c == '\n') escaped += "\\n";
    else if (c == '\r' || c == '\t') escaped += ' ';
    else if (c == '"' || c == '\\') escaped.append("\\").append(1, c);
    else escaped += c;
  }
  return escaped;
}

}  // namespace lanemark
