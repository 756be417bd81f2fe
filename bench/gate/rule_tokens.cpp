// SPDX-License-Identifier: MIT

#include "bench/gate/rule_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view operator_characters = "<>=!";
constexpr std::string_view quotes = "'\"";

}  // namespace

void refuse_at(std::size_t at, std::string_view why) { throw UsageError(fmt::format("character {}: {}", at + 1, why)); }

Token Tokens::take() {
  const Token taken = next_;
  end_ = position_;
  advance();
  return taken;
}

void Tokens::advance() {
  position_ = std::min(text_.find_first_not_of(blanks, position_), text_.size());
  next_ = {.kind = Token::Kind::end, .text = {}, .at = position_};
  if (position_ == text_.size()) return;
  const char first = text_[position_];
  if (quotes.find(first) != std::string_view::npos) return take_quoted(first);
  const bool sign = operator_characters.find(first) != std::string_view::npos;
  const std::string stops = fmt::format("{}{}{}", blanks, quotes, operator_characters);
  const std::size_t end =
      sign ? text_.find_first_not_of(operator_characters, position_) : text_.find_first_of(stops, position_);
  next_.kind = sign ? Token::Kind::sign : Token::Kind::word;
  next_.text = text_.substr(position_, end - position_);
  position_ = std::min(end, text_.size());
}

void Tokens::take_quoted(char quote) {
  const std::size_t end = text_.find(quote, position_ + 1);
  if (end == std::string_view::npos) refuse_at(position_, fmt::format("this quote is not closed; add a {}", quote));
  next_.kind = Token::Kind::quoted;
  next_.text = text_.substr(position_ + 1, end - position_ - 1);
  position_ = end + 1;
}

}  // namespace lanemark
