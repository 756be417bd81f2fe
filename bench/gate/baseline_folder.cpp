#include "bench/gate/baseline_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "bench/record/durable_file.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

using nlohmann::json;

/// A line for each case and launch, so that a version control system shows what changed.
std::string lines(const json& baseline) {
  std::string text = "{\n";
  for (auto field = baseline.begin(); field != baseline.end(); ++field) {
    const bool many = field.key() == "cases" || field.key() == "launches" || field.key() == "noise";
    text += fmt::format("{}: ", json(field.key()).dump());
    if (!many || field->empty()) {
      text += field->dump();
    } else {
      text += field->is_array() ? "[\n" : "{\n";
      for (auto one = field->begin(); one != field->end(); ++one) {
        if (field->is_object()) text += fmt::format("{}: ", json(one.key()).dump());
        text += fmt::format("{}{}\n", one->dump(), std::next(one) == field->end() ? "" : ",");
      }
      text += field->is_array() ? "]" : "}";
    }
    text += std::next(field) == baseline.end() ? "\n" : ",\n";
  }
  return text + "}\n";
}

constexpr std::size_t id_digits = 16;

bool is_id(std::string_view text) {
  return text.size() == id_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> differences(const Fingerprint& there, const Fingerprint& here) {
  const json left = to_json(there);
  const json right = to_json(here);
  json fields = left;  // a machine without GPUs has no field for them
  fields.update(right);
  const auto text = [](const json& fingerprint, const std::string& field) {
    const auto found = fingerprint.find(field);
    if (found == fingerprint.end()) return std::string{"none"};
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  std::vector<std::string> all;
  for (const auto& [field, value] : fields.items()) {
    const std::string before = text(left, field);
    const std::string now = text(right, field);
    if (before != now) all.push_back(fmt::format("{}: {} there, {} here", field, before, now));
  }
  return all;
}

}  // namespace

/// Ids come from records and may be anything.
std::filesystem::path BaselineFolder::file_of(const std::string& fingerprint_id) const {
  if (is_id(fingerprint_id)) return folder_ / (fingerprint_id + ".json");
  throw UsageError(
      fmt::format("'{}' is no id of a fingerprint, which has {} hexadecimal digits; the record was changed",
                  fingerprint_id, id_digits));
}

std::vector<std::string> BaselineFolder::ids() const {
  std::vector<std::string> all;
  std::error_code status;
  for (const auto& entry : std::filesystem::directory_iterator{folder_, status}) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() == ".json" && is_id(stem)) all.push_back(stem);
  }
  std::ranges::sort(all);
  return all;
}

std::optional<Baseline> BaselineFolder::find(const std::string& fingerprint_id) const {
  const std::filesystem::path path = file_of(fingerprint_id);
  std::ifstream file{path, std::ios::binary};
  if (!file.is_open()) {
    if (errno == ENOENT) return std::nullopt;
    throw UsageError(fmt::format("cannot read {}: {}", path.string(), std::generic_category().message(errno)));
  }
  std::string text;
  try {
    text.assign(std::istreambuf_iterator<char>{file}, {});
  } catch (const std::ios_base::failure& error) {  // a folder opens, but cannot be read
    throw UsageError(fmt::format("cannot read {}: {}", path.string(), error.what()));
  }
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) {
    throw UsageError(
        fmt::format("{} is not JSON: it was cut off or changed; restore it, or make it anew with lanemark "
                    "baseline add",
                    path.string()));
  }
  try {
    Baseline baseline = baseline_from_json(object);
    if (baseline.evidence.fingerprint_id == fingerprint_id) return baseline;
    throw Error(fmt::format("it is the baseline of {}, which should be its name", baseline.evidence.fingerprint_id));
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

BaselineFolder::Lock BaselineFolder::lock() const {
  std::error_code status;
  std::filesystem::create_directories(folder_, status);
  Lock lock{open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const bool writable = lock.descriptor >= 0 && access(folder_.c_str(), W_OK) == 0;
  if (!writable || flock(lock.descriptor, LOCK_EX) != 0) {
    throw UsageError(
        fmt::format("cannot write baselines to {}: {}; choose a folder in which this user can create files",
                    folder_.string(), std::generic_category().message(errno)));
  }
  return lock;
}

BaselineFolder::Lock::~Lock() {
  if (descriptor >= 0) static_cast<void>(close(descriptor));
}

void BaselineFolder::put(const Baseline& baseline) const {
  replace_file(file_of(baseline.evidence.fingerprint_id), lines(to_json(baseline)));
}

std::optional<BaselineFolder::Nearest> BaselineFolder::nearest(const Fingerprint& fingerprint) const {
  std::optional<Nearest> best;
  for (const std::string& id : ids()) {
    std::optional<Baseline> other;
    try {
      other = find(id);
    } catch (const UsageError&) {  // another machine's broken baseline is not this one's trouble
    }
    if (!other) continue;
    Nearest candidate{id, differences(other->evidence.fingerprint, fingerprint)};
    if (!best || candidate.differences.size() < best->differences.size()) best = std::move(candidate);
  }
  return best;
}

}  // namespace lanemark
