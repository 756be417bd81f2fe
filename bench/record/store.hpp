#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "bench/record/durable_file.hpp"
#include "bench/record/launch.hpp"

namespace lanemark {

/// Writes a launch's file, on rank 0 only: a header line, a line per measurement as it ends, a footer line. Each is on
/// disk before the call returns, so a launch that is killed loses nothing but the case it was in.
class Recorder {
 public:
  /// Creates `folder` if missing and writes the header. Throws UsageError with cause and cure where it cannot, before
  /// anything has been measured.
  Recorder(const std::filesystem::path& folder, const LaunchHeader& header);

  /// Throws Error that names the file, which keeps every line written before.
  void write(const Measurement& m);

  /// Writes the footer and gives the file its final name, which it returns. `gpus` as they are now. Throws Error.
  std::filesystem::path finish(const std::vector<GpuState>& gpus = {});

  /// Where the lines are until `finish`.
  [[nodiscard]] const std::filesystem::path& partial() const { return file_.partial(); }

 private:
  DurableFile file_;
  std::vector<GpuState> gpus_before_;
  std::uint64_t measurements_ = 0;
};

/// "lanemark-20260131T093000Z-0123abcd.jsonl".
std::string file_name(const LaunchHeader& header);

/// Reads a launch's file, whole or cut off: every finished line counts, a last line broken off is dropped. Throws
/// UsageError that names the file, and the line where it is not what a Recorder writes.
Launch read_launch(const std::filesystem::path& path);
/// The same of a file's text; `name` is what errors call it.
Launch read_launch_text(std::string_view text, std::string_view name);
/// The same, one measurement after the other, each gone when `take` has returned: files of many cases need no memory.
/// The launch comes back without measurements; `complete` is whether it is.
struct LaunchOutline {
  Launch launch;
  bool complete = false;
};
LaunchOutline read_launch(const std::filesystem::path& path, const std::function<void(Measurement&&)>& take);

}  // namespace lanemark
