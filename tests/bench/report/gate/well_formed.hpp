// SPDX-License-Identifier: MIT

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace lanemark {

/// Why a document is no well-formed XML, as far as this program writes any: elements, attributes in double quotes,
/// references, no comments, no CDATA. Empty if it is. Stricter than XML: no text but blanks between elements.
class WellFormed {
 public:
  static std::string fault(std::string_view document) { return WellFormed{document}.check(); }

 private:
  explicit WellFormed(std::string_view document) : rest_{document} {}

  std::string check() {
    constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    if (!rest_.starts_with(declaration)) return "no declaration";
    rest_.remove_prefix(declaration.size());
    while (!rest_.empty()) {
      if (std::string fault = next(); !fault.empty()) return fault;
    }
    if (!open_.empty()) return open_.back() + " is not closed";
    return roots_ == 1 ? "" : "not one root";
  }

  std::string next() {
    const std::size_t begin = rest_.find('<');
    if (rest_.substr(0, begin).find_first_not_of(" \n") != std::string_view::npos) return "text between elements";
    if (begin == std::string_view::npos) {
      rest_ = {};
      return {};
    }
    const std::size_t end = rest_.find('>', begin);
    if (end == std::string_view::npos) return "a tag without an end";
    const std::string_view tag = rest_.substr(begin + 1, end - begin - 1);
    rest_.remove_prefix(end + 1);
    return tag.starts_with('/') ? close(tag.substr(1)) : open(tag);
  }

  std::string close(std::string_view name) {
    if (open_.empty() || open_.back() != name) return std::string{name} + " is closed and not open";
    open_.pop_back();
    return {};
  }

  std::string open(std::string_view tag) {
    const bool empty = tag.ends_with('/');
    if (empty) tag.remove_suffix(1);
    const std::string name{tag.substr(0, tag.find(' '))};
    if (open_.empty()) ++roots_;
    if (!empty) open_.push_back(name);
    tag.remove_prefix(name.size());
    std::vector<std::string> seen;
    while (!tag.empty()) {
      const std::size_t equals = tag.find("=\"");
      const std::size_t end = equals == std::string_view::npos ? equals : tag.find('"', equals + 2);
      if (!tag.starts_with(' ') || end == std::string_view::npos) return "an attribute of " + name;
      seen.emplace_back(tag.substr(1, equals - 1));
      if (std::ranges::count(seen, seen.back()) > 1) return "two attributes " + seen.back();
      if (std::string fault = value(tag.substr(equals + 2, end - equals - 2)); !fault.empty()) return fault;
      tag.remove_prefix(end + 1);
    }
    return {};
  }

  static std::string value(std::string_view text) {
    constexpr std::string_view known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#9;", "&#10;", "&#13;"};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string_view here = text.substr(i);
      if (static_cast<unsigned char>(text[i]) < ' ') return "a control character in a value";
      if (text[i] == '<') return "< in a value";
      if (text[i] == '&' && std::ranges::none_of(known, [&](auto one) { return here.starts_with(one); }))
        return "an unknown reference";
    }
    return {};
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  int roots_ = 0;
};

}  // namespace lanemark
