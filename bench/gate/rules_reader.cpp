#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "bench/gate/rules.hpp"
#include "bench/record/fields.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

Rule rule_from_json(const json& object) {
  Rule rule = parse_rule(required_as<std::string>(object, "rule"));
  rule.name = optional_as<std::string>(object, "name", rule.text);
  rule.why = optional_as<std::string>(object, "why");
  rule.required = optional_as<bool>(object, "required", true);
  return rule;
}

/// "3, 'all-reduce reaches the wire'": what the reader of a message looks for in the file.
std::string which(std::size_t index, const json& object) {
  const bool named = object.is_object() && object.contains("name") && object["name"].is_string();
  return named ? fmt::format("{}, '{}'", index + 1, object["name"].get<std::string>()) : fmt::format("{}", index + 1);
}

Rules rules_from_json(const json& object) {
  const auto schema = required_as<std::string>(object, "schema");
  if (major_version(schema) != major_version(rules_schema)) {
    throw Error(fmt::format("its schema is {}, this program reads {}.x; use a program of that age", schema,
                            major_version(rules_schema)));
  }
  Rules rules;
  rules.name = optional_as<std::string>(object, "name");
  const json& list = required(object, "rules");
  if (!list.is_array()) refuse_field("rules", "is not a list");
  if (list.empty()) refuse_field("rules", "is empty, and every machine would pass; add a rule");
  for (std::size_t i = 0; i < list.size(); ++i) {
    try {
      rules.rules.push_back(rule_from_json(list[i]));
    } catch (const Error& error) {
      throw Error(fmt::format("rule {}: {}", which(i, list[i]), error.what()));
    }
  }
  return rules;
}

/// The library's message without its own name for the error.
std::string_view plain(std::string_view message) {
  const auto end = message.find("] ");
  return message.starts_with('[') && end != std::string_view::npos ? message.substr(end + 2) : message;
}

}  // namespace

Rules rules_from_text(std::string_view text, std::string_view source) {
  try {
    return rules_from_json(json::parse(text));
  } catch (const json::exception& error) {  // a number out of range is no parse error
    throw UsageError(fmt::format("{}: not JSON: {}", source, plain(error.what())));
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", source, error.what()));
  }
}

Rules read_rules(const std::filesystem::path& path) {
  std::error_code status;
  const bool folder = std::filesystem::is_directory(path, status);
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (folder || !file.is_open()) {
    throw UsageError(fmt::format("cannot read {}: {}; give a file of rules, e.g. one of results/rules", path.string(),
                                 std::generic_category().message(folder ? EISDIR : errno)));
  }
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  return rules_from_text(text, path.string());
}

}  // namespace lanemark
