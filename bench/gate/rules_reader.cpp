// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/files/regular_file.hpp"
#include "bench/gate/rules.hpp"
#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

Rule rule_from_json(const json& object) {
  Rule rule = parse_rule(required_text(object, "rule", bounds::name));
  rule.name = find_field(object, "name") == nullptr ? rule.text : required_text(object, "name", bounds::name);
  rule.why = optional_text(object, "why", bounds::sentence);
  rule.required = optional_truth(object, "required", true);
  return rule;
}

/// "3, 'all-reduce reaches the wire'": what the reader of a message looks for in the file.
std::string which(std::size_t index, const json& object) {
  const bool named = object.is_object() && object.contains("name") && object["name"].is_string();
  return named ? fmt::format("{}, {}", index + 1, in_quotes(object["name"].get_ref<const std::string&>()))
               : fmt::format("{}", index + 1);
}

Rules rules_from_json(const json& object) {
  const std::string schema = required_text(object, "schema", bounds::word);
  if (major_version(schema) != major_version(rules_schema)) {
    throw Error(fmt::format("its schema is {}, this program reads {}.x; use a program of that age", shown(schema),
                            major_version(rules_schema)));
  }
  Rules rules;
  rules.name = optional_text(object, "name", bounds::name);
  const json& list = list_in(required(object, "rules"), "rules", bounds::rules);
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

}  // namespace

Rules rules_from_text(std::string_view text, std::string_view source) {
  try {
    return rules_from_json(parse_json(text, {.bytes = bounds::rules_bytes}));
  } catch (const NotJson& error) {
    throw UsageError(fmt::format("{}: not JSON: {}", source, error.what()));
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", source, error.what()));
  }
}

Rules read_rules(const std::filesystem::path& path) {
  RegularFile file{path, bounds::rules_bytes, "give a file of rules, e.g. one of results/rules"};
  return rules_from_text(file.read_all(), path.string());
}

}  // namespace lanemark
