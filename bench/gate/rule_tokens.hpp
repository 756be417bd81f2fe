// SPDX-License-Identifier: MIT

#pragma once

#include <cstddef>
#include <string_view>

namespace lanemark {

struct Token {
  enum class Kind { end, word, quoted, sign } kind = Kind::end;
  std::string_view text{};  ///< without quotes
  std::size_t at = 0;       ///< of its first character in the rule
};

/// Throws UsageError "character 5: why".
[[noreturn]] void refuse_at(std::size_t at, std::string_view why);

/// A rule's words one after another; `next` is the one to be looked at. Signs are runs of <>=!, words are runs of
/// anything else but blanks and quotes. The rule must outlive it. Throws UsageError on a quote that is not closed.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_{text} { advance(); }

  [[nodiscard]] const Token& next() const { return next_; }
  [[nodiscard]] bool at_word(std::string_view word) const {
    return next_.kind == Token::Kind::word && next_.text == word;
  }
  Token take();
  /// From a character to the end of the last token taken, as written.
  [[nodiscard]] std::string_view written(std::size_t from) const { return text_.substr(from, end_ - from); }

 private:
  void advance();
  void take_quoted(char quote);

  std::string_view text_;
  std::size_t position_ = 0;  ///< after `next`
  std::size_t end_ = 0;       ///< after what was taken last
  Token next_;
};

}  // namespace lanemark
