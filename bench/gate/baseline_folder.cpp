// SPDX-License-Identifier: MIT

#include "bench/gate/baseline_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "bench/files/file_error.hpp"
#include "bench/files/linkless_folder.hpp"
#include "bench/files/output_file.hpp"
#include "bench/files/replace_file.hpp"
#include "bench/gate/distinct_machines.hpp"
#include "bench/record/bounded_json.hpp"
#include "bench/record/bounds.hpp"
#include "bench/record/fields.hpp"
#include "bench/text/shown.hpp"
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

/// Ids come from records and may be anything.
std::string file_of(const std::string& fingerprint_id) {
  if (is_id(fingerprint_id)) return fingerprint_id + ".json";
  throw UsageError(fmt::format("{} is no id of a fingerprint, which has 16 hexadecimal digits; the record was changed",
                               in_quotes(fingerprint_id)));
}

}  // namespace

std::vector<std::string> BaselineFolder::ids() const {
  std::vector<std::string> all;
  for (const std::filesystem::path name : names_in(open_linkless(folder_).get())) {
    const std::string stem = name.stem().string();
    if (name.extension() == ".json" && is_id(stem)) all.push_back(stem);
  }
  std::ranges::sort(all);
  return all;
}

std::optional<Baseline> BaselineFolder::find(const std::string& fingerprint_id) const {
  const std::string name = file_of(fingerprint_id);
  const std::filesystem::path path = folder_ / name;
  const Descriptor folder = open_linkless(folder_);
  if (!folder.is_open()) return std::nullopt;
  const std::optional<std::string> text = read_linkless(folder.get(), name, path, bounds::baseline_bytes);
  if (!text) return std::nullopt;
  try {
    Baseline baseline = baseline_from_text(*text);
    if (baseline.evidence.fingerprint_id == fingerprint_id) return baseline;
    throw Error(
        fmt::format("it is the baseline of {}, which should be its name", in_quotes(baseline.evidence.fingerprint_id)));
  } catch (const NotJson& error) {
    throw UsageError(fmt::format("{} is {}", path.string(), error.what()));
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

std::optional<Baseline> BaselineFolder::find(const Fingerprint& fingerprint) const {
  // The hash that makes ids can be inverted: the fields decide.
  const auto find_exactly = [this](const Fingerprint& one) {
    std::optional<Baseline> found = find(id(one));
    if (!found || found->evidence.fingerprint == one) return found;
    throw UsageError(fmt::format(
        "{}: it has the fingerprint_id of this machine, and is of another ({}); it, or the record, was "
        "made up: take it away",
        (folder_ / file_of(id(one))).string(), fmt::join(differences(found->evidence.fingerprint, one), "; ")));
  };
  if (std::optional<Baseline> exact = find_exactly(fingerprint)) return exact;
  if (fingerprint.processors) return find_exactly(without_processors(fingerprint));
  std::optional<Baseline> only;
  for (const std::string& one : ids()) {
    std::optional<Baseline> other;
    try {
      other = find(one);
    } catch (const UsageError&) {  // another machine's broken baseline is not this one's trouble
    }
    if (!other || !same_machine(other->evidence.fingerprint, fingerprint)) continue;
    if (only) return std::nullopt;
    only = std::move(other);
  }
  return only;
}

void BaselineFolder::name_fully(Baseline& baseline, const Fingerprint& fingerprint) {
  Evidence& evidence = baseline.evidence;
  if (evidence.fingerprint.processors || !fingerprint.processors) return;
  evidence.fingerprint = fingerprint;
  evidence.fingerprint_id = id(fingerprint);
}

void BaselineFolder::remove(const std::string& fingerprint_id) const {
  const Descriptor folder = open_linkless(folder_);
  static_cast<void>(::unlinkat(folder.get(), file_of(fingerprint_id).c_str(), 0));
}

BaselineFolder::Lock::Lock(const std::filesystem::path& folder) {
  // Whoever had it before may have taken it away.
  while (!take(folder)) {
  }
  // Nobody else is at it now.
  sweep_replacements(folder_.get());
}

/// False where the folder was removed while it was waited for.
bool BaselineFolder::Lock::take(const std::filesystem::path& folder) {
  held_.emplace();
  folder_ = make_linkless(folder, made_);
  if (::flock(folder_.get(), LOCK_EX | LOCK_NB) != 0) {
    held_.reset();  // that may take a while
    while (::flock(folder_.get(), LOCK_EX) != 0 && errno == EINTR) {
    }
    held_.emplace();
  }
  struct stat status {};
  if (::fstat(folder_.get(), &status) == 0 && status.st_nlink == 0) return false;
  if (::faccessat(folder_.get(), ".", W_OK, AT_EACCESS) == 0) return true;
  throw UsageError(fmt::format("cannot write baselines to {}: {}", folder.string(), file_error(errno)));
}

BaselineFolder::Lock::~Lock() {
  // One that is not empty stays.
  for (; !made_.empty(); made_.pop_back()) static_cast<void>(::rmdir(made_.back().c_str()));
}

void BaselineFolder::require_writable() const {
  const std::filesystem::path any = folder_ / "any.json";
  static_cast<void>(open_linkless(folder_));
  lanemark::require_writable(any);
}

void BaselineFolder::put(const Baseline& baseline) const {
  const std::string text = lines(to_json(baseline));
  try {
    static_cast<void>(baseline_from_text(text));  // what is written can be read
  } catch (const Error& error) {
    throw UsageError(
        fmt::format("the baseline of {} would be one that cannot be read: {}; lanemark baseline prune "
                    "drops launches, another folder takes more",
                    baseline.evidence.fingerprint_id, error.what()));
  }
  const std::string name = file_of(baseline.evidence.fingerprint_id);
  std::vector<std::filesystem::path> made;
  const Descriptor folder = make_linkless(folder_, made);
  const int error = replace_in(folder.get(), name, text);
  if (error == 0) return;
  for (; !made.empty(); made.pop_back()) static_cast<void>(::rmdir(made.back().c_str()));
  throw UsageError(fmt::format("cannot write {}: {}", (folder_ / name).string(), file_error(error)));
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
