#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "bench/record/fields.hpp"
#include "bench/record/json.hpp"
#include "bench/record/store.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

std::string read_all(const std::filesystem::path& path) {
  std::error_code status;
  const bool folder = std::filesystem::is_directory(path, status);
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (folder || !file.is_open()) {
    throw UsageError(fmt::format("cannot read {}: {}; give the .jsonl file of a launch", path.string(),
                                 std::generic_category().message(folder ? EISDIR : errno)));
  }
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// Adds a line's record to the launch. Kinds of line that a later minor version adds are passed over.
void take_line(LaunchOutline& outline, std::uint64_t& measurements, const json& record,
               const std::function<void(Measurement&&)>& take) {
  const auto type = required_as<std::string>(record, "type");
  Launch& launch = outline.launch;
  if (launch.footer) throw Error("a line after the footer");
  if (type == "header") throw Error("a second header; one file holds one launch");
  if (type == "measurement") {
    take(measurement_from_json(record));
    ++measurements;
  }
  if (type == "footer") {
    launch.footer = footer_from_json(record);
    outline.complete = launch.footer->measurements == measurements;
  }
}

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_{text} {}

  [[nodiscard]] bool next() {
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    finished_ = end != std::string_view::npos;
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(finished_ ? end + 1 : rest_.size());
    ++number_;
    return true;
  }
  [[nodiscard]] std::string_view line() const { return line_; }
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] int number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  bool finished_ = false;
  int number_ = 0;
};

LaunchOutline read_lines(std::string_view text, std::string_view name, const std::function<void(Measurement&&)>& take) {
  const auto fail = [&](int line, std::string_view why) {
    throw UsageError(fmt::format("{}:{}: {}", name, line, why));
  };
  LaunchOutline outline;
  std::uint64_t measurements = 0;
  Lines lines{text};
  while (lines.next()) {
    const json record = json::parse(lines.line(), nullptr, false);
    const bool broken_off = record.is_discarded() && !lines.finished();
    if (lines.number() == 1 && broken_off) fail(1, "the header is cut off; nothing was measured");
    if (broken_off) break;
    if (record.is_discarded()) fail(lines.number(), "not JSON; the file was changed after it was written");
    try {
      if (lines.number() == 1) outline.launch.header = header_from_json(record);
      else take_line(outline, measurements, record, take);
    } catch (const Error& error) {
      fail(lines.number(), error.what());
    }
  }
  if (lines.number() == 0) fail(1, "the file is empty; nothing was measured");
  return outline;
}

}  // namespace

LaunchOutline read_launch(const std::filesystem::path& path, const std::function<void(Measurement&&)>& take) {
  return read_lines(read_all(path), path.string(), take);
}

Launch read_launch(const std::filesystem::path& path) { return read_launch_text(read_all(path), path.string()); }

Launch read_launch_text(std::string_view text, std::string_view name) {
  std::vector<Measurement> measurements;
  Launch launch = read_lines(text, name, [&](Measurement&& m) { measurements.push_back(std::move(m)); }).launch;
  launch.measurements = std::move(measurements);
  return launch;
}

}  // namespace lanemark
