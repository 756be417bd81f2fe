// SPDX-License-Identifier: MIT

#include "bench/record/bounded_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

#include "bench/record/fields.hpp"
#include "bench/text/shown.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

/// The library's message without its own name for the error.
std::string_view plain(std::string_view message) {
  const auto end = message.find("] ");
  return message.starts_with('[') && end != std::string_view::npos ? message.substr(end + 2) : message;
}

/// Builds the value as the parser meets its parts, and ends the parser with a reason where that is not to be.
class Builder final : public json::json_sax_t {
 public:
  Builder(std::size_t bytes, const JsonLimits& limits)
      : most_values_{limits.values}, most_parts_{some_parts + bytes / bytes_a_part} {}

  bool null() override { return put(nullptr) != nullptr; }
  bool boolean(bool value) override { return put(value) != nullptr; }
  bool number_integer(std::int64_t value) override { return put(value) != nullptr; }
  bool number_unsigned(std::uint64_t value) override { return put(value) != nullptr; }
  bool number_float(double value, const std::string& /*text*/) override { return put(value) != nullptr; }
  bool string(std::string& value) override { return count_part() && put(std::move(value)) != nullptr; }
  bool binary(json::binary_t& /*value*/) override { return refuse("binary data"); }

  bool start_object(std::size_t /*elements*/) override { return open(json::value_t::object); }
  bool start_array(std::size_t /*elements*/) override { return open(json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& text) override {
    const auto [place, is_new] = open_.back()->get_ref<json::object_t&>().try_emplace(std::move(text));
    slot_ = &place->second;
    if (is_new) return true;
    return refuse(fmt::format("field {} is there twice in one object", in_quotes(place->first)));
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const json::exception& error) override {
    syntax_ = shown(plain(error.what()));
    return false;
  }

  /// Throws what ended the parser.
  json take(bool parsed) {
    if (!refusal_.empty()) throw Error(refusal_);
    if (!parsed) throw NotJson(syntax_);
    return std::move(root_);
  }

 private:
  /// Texts, lists and objects take tens of bytes each, be they empty: in so many bytes of text there are so many.
  static constexpr std::size_t bytes_a_part = 12;
  static constexpr std::size_t some_parts = 100'000;

  bool count_part() {
    return ++parts_ <= most_parts_ || refuse(fmt::format("more than {} texts, lists and objects", most_parts_));
  }

  template <class Value>
  json* put(Value&& value) {
    if (++values_ > most_values_) {
      refuse(fmt::format("more than {} values", most_values_));
      return nullptr;
    }
    if (open_.empty()) {
      root_ = json(std::forward<Value>(value));
      return &root_;
    }
    if (open_.back()->is_array())
      return &open_.back()->get_ref<json::array_t&>().emplace_back(std::forward<Value>(value));
    *slot_ = json(std::forward<Value>(value));
    return slot_;
  }

  bool open(json::value_t kind) {
    if (!count_part()) return false;
    if (open_.size() == most_json_depth) return refuse(fmt::format("nested deeper than {}", most_json_depth));
    json* const place = put(kind);
    open_.push_back(place);
    return place != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool refuse(std::string why) {
    refusal_ = std::move(why);
    return false;
  }

  std::size_t most_values_;
  std::size_t values_ = 0;
  std::size_t most_parts_;
  std::size_t parts_ = 0;
  json root_;
  std::vector<json*> open_;  ///< the list or object that is being read, in its parents
  json* slot_ = nullptr;     ///< of the last key
  std::string refusal_;
  std::string syntax_;
};

}  // namespace

json parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) throw Error(fmt::format("larger than {} bytes", limits.bytes));
  Builder builder{text.size(), limits};
  const bool parsed = json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take(parsed);
}

}  // namespace lanemark
