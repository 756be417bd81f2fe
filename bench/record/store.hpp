// SPDX-License-Identifier: MIT

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "bench/record/durable_file.hpp"
#include "bench/record/launch.hpp"

namespace lanemark {

/// What a launch's machine is like at its end.
struct LaunchEnd {
  std::vector<GpuState> gpus{};
  std::optional<ProcessorUse> processors{};
};

/// Writes a launch's file, on rank 0 only: a header line, a line per measurement as it ends, a footer line. Each is on
/// disk before the call returns, so a launch that is killed loses nothing but the case it was in. Where the file is
/// removed meanwhile it is written anew (see DurableFile).
class Recorder {
 public:
  /// Creates `folder` if missing and writes the header. Throws UsageError with cause and cure where it cannot, before
  /// anything has been measured.
  Recorder(const std::filesystem::path& folder, const LaunchHeader& header);

  /// Throws Error that names the file, which keeps every line written before.
  void write(const Measurement& m);

  /// Writes the footer and gives the file its final name, which it returns. `ended_by` is why cases are missing, empty
  /// where none are. Throws Error.
  std::filesystem::path finish(const LaunchEnd& end = {}, const std::string& ended_by = {});

  /// By what was written so far and such an end.
  [[nodiscard]] Taints taints(const LaunchEnd& end) const { return lanemark::taints(header_, seen_, end.gpus); }

  /// The last word on a launch that is about to be ended before its end: a footer that says why, in the partial file.
  /// From any thread; nothing is written after it. Returns soon, without a footer where the disk does not answer.
  void end_early(const std::string& ended_by) noexcept;

  /// Where the lines are until `finish`.
  [[nodiscard]] const std::filesystem::path& partial() const { return file_.partial(); }

 private:
  [[nodiscard]] LaunchFooter footer(const LaunchEnd& end, const std::string& ended_by) const;

  std::timed_mutex mutex_;
  DurableFile file_;
  LaunchHeader header_;
  Disturbances seen_;
  std::uint64_t measurements_ = 0;
  std::atomic<bool> ending_ = false;  ///< nobody who writes one line after the other may keep the last word waiting
  bool ended_ = false;
};

/// "lanemark-20260131T093000Z-0123abcd.jsonl".
std::string file_name(const LaunchHeader& header);

/// A launch's file ends before its header does: the launch died before it had measured anything.
class Unborn : public UsageError {
 public:
  using UsageError::UsageError;
};

/// Reads a launch's file, whole or cut off: every finished line counts, a last line broken off is dropped. Throws
/// UsageError that names the file, and line and field where it is not what a Recorder writes.
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
