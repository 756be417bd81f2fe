// SPDX-License-Identifier: MIT

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/json.hpp"
#include "bench/record/store.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

std::string line(const nlohmann::json& record) {
  // Texts come from drivers and users: what is not UTF-8 must not cost the record.
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A disk that is full from the start is the user's to cure, like any folder that cannot be written.
void write_header(DurableFile& file, const LaunchHeader& header) {
  try {
    const nlohmann::json record = to_json(header);
    static_cast<void>(header_from_json(parse_json(line(record))));  // what is written can be read
    file.append(line(record));
  } catch (const Error& error) {
    std::error_code ignored;
    std::filesystem::remove(file.partial(), ignored);
    throw UsageError(error.what());
  }
}

}  // namespace

std::string file_name(const LaunchHeader& header) {
  std::string time = header.started;
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  constexpr std::size_t short_id = 8;
  return fmt::format("lanemark-{}-{}.jsonl", time, header.launch.substr(0, short_id));
}

Recorder::Recorder(const std::filesystem::path& folder, const LaunchHeader& header)
    : file_{folder / file_name(header)}, header_{header} {
  write_header(file_, header);
}

LaunchFooter Recorder::footer(const LaunchEnd& end, const std::string& ended_by) const {
  Taints found = taints(end);
  return {.measurements = measurements_,
          .ended = utc_now(),
          .gpus = end.gpus,
          .taints = std::move(found.reasons),
          .accepted = std::move(found.accepted),
          .processors = end.processors,
          .ended_by = ended_by};
}

void Recorder::write(const Measurement& m) {
  if (ending_) return;
  const std::lock_guard lock{mutex_};
  if (ended_) return;
  if (measurements_ == bounds::measurements) {
    throw Error(fmt::format("a record takes {} measurements, and all were made; the others are lost", measurements_));
  }
  file_.append(line(to_json(m)));
  seen_.add(m);
  ++measurements_;
}

std::filesystem::path Recorder::finish(const LaunchEnd& end, const std::string& ended_by) {
  const std::lock_guard lock{mutex_};
  if (ended_) return file_.partial();
  file_.append(line(to_json(footer(end, ended_by))));
  ended_ = true;
  return file_.publish();
}

void Recorder::end_early(const std::string& ended_by) noexcept {
  // mpirun gives its ranks about a second.
  constexpr std::chrono::milliseconds patience{500};
  ending_ = true;
  try {
    const std::unique_lock lock{mutex_, patience};
    if (!lock.owns_lock() || ended_) return;
    ended_ = true;
    file_.append(line(to_json(footer({}, ended_by))));
  } catch (...) {  // without a footer the file is one that was cut off
    return;
  }
}

}  // namespace lanemark
