// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <unordered_set>

#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "bench/record/lines.hpp"
#include "bench/record/store.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

constexpr std::string_view cure = "give the .jsonl file of a launch";

/// Takes a launch's lines one after the other.
class LaunchReader {
 public:
  explicit LaunchReader(const std::function<void(Measurement&&)>& take) : take_{take} {}

  /// Kinds of line that a later minor version adds are passed over. Throws Error.
  void read(const json& record) {
    if (!started_) {
      outline_.launch.header = header_from_json(record);
      started_ = true;
      return;
    }
    const auto type = required_text(record, "type", bounds::word);
    if (type == "header") throw Error("a second header; one file holds one launch");
    if (type == "measurement") read_measurement(record);
    if (type == "footer") read_footer(record);
  }

  /// Behind it nothing may come, not even what is no JSON.
  [[nodiscard]] bool has_footer() const { return outline_.launch.footer.has_value(); }

  LaunchOutline finish() { return std::move(outline_); }

 private:
  void read_measurement(const json& record) {
    Measurement m = measurement_from_json(record);
    require_consistent(outline_.launch.header, m);
    if (++measurements_ > bounds::measurements) {
      throw Error(fmt::format("more than {} measurements", bounds::measurements));
    }
    seen_.add(m);
    const bool is_new = names_.insert(fmt::format("{} {}", m.repetition, name(m.what))).second;
    if (!is_new) refuse_field("name", "and 'repetition' are those of an earlier line; a case is measured once");
    take_(std::move(m));
  }

  void read_footer(const json& record) {
    LaunchFooter footer = footer_from_json(record);
    require_consistent(outline_.launch.header, footer, seen_, measurements_);
    outline_.launch.footer = std::move(footer);
    outline_.complete = outline_.launch.is_whole(measurements_);
  }

  const std::function<void(Measurement&&)>& take_;
  LaunchOutline outline_;
  bool started_ = false;
  std::uint64_t measurements_ = 0;
  Disturbances seen_;
  std::unordered_set<std::string> names_;  ///< of cases, each behind its repetition
};

/// Nothing where the line is cut off, as the last may be.
std::optional<json> parse_line(const Lines& lines) {
  try {
    return parse_json(lines.line());
  } catch (const NotJson&) {
    if (!lines.finished()) return std::nullopt;
    throw Error("not JSON; the file was changed after it was written");
  }
}

LaunchOutline read_lines(Lines lines, std::string_view name, const std::function<void(Measurement&&)>& take) {
  LaunchReader reader{take};
  const auto at = [&](int line, std::string_view why) { return fmt::format("{}:{}: {}", name, line, why); };
  while (true) {
    const int number = lines.number() + 1;
    try {
      if (!lines.next()) break;
      if (reader.has_footer()) throw Error("a line after the footer");
      const std::optional<json> record = parse_line(lines);
      if (!record && number == 1) throw Unborn(at(1, "the header is cut off; nothing was measured"));
      if (!record) break;
      reader.read(*record);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError(at(number, error.what()));
    }
  }
  if (lines.number() == 0) throw Unborn(at(1, "the file is empty; nothing was measured"));
  return reader.finish();
}

LaunchOutline read_file(const std::filesystem::path& path, const std::function<void(Measurement&&)>& take) {
  RegularFile file{path, bounds::record_bytes, cure};
  return read_lines(Lines{file}, path.string(), take);
}

/// With what it measured.
template <class Read>
Launch whole(Read read) {
  std::vector<Measurement> measurements;
  Launch launch = read([&](Measurement&& m) { measurements.push_back(std::move(m)); }).launch;
  launch.measurements = std::move(measurements);
  return launch;
}

}  // namespace

LaunchOutline read_launch(const std::filesystem::path& path, const std::function<void(Measurement&&)>& take) {
  return read_file(path, take);
}

Launch read_launch(const std::filesystem::path& path) {
  return whole([&](const auto& take) { return read_file(path, take); });
}

Launch read_launch_text(std::string_view text, std::string_view name) {
  return whole([&](const auto& take) { return read_lines(Lines{text}, name, take); });
}

}  // namespace lanemark
