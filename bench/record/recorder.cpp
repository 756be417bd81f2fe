#include <fmt/format.h>

#include <algorithm>

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
    file.append(line(to_json(header)));
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
    : file_{folder / file_name(header)}, gpus_before_{header.gpus} {
  write_header(file_, header);
}

void Recorder::write(const Measurement& m) {
  file_.append(line(to_json(m)));
  ++measurements_;
}

std::filesystem::path Recorder::finish(const std::vector<GpuState>& gpus) {
  const LaunchFooter footer{
      .measurements = measurements_, .ended = utc_now(), .gpus = gpus, .taints = taints(gpus_before_, gpus)};
  file_.append(line(to_json(footer)));
  return file_.publish();
}

}  // namespace lanemark
