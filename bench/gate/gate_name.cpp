// SPDX-License-Identifier: MIT

#include "bench/gate/gate_name.hpp"

namespace lanemark {

std::string gate_name(const std::string& given, const std::string& file, const std::filesystem::path& run) {
  if (!given.empty()) return given;
  if (file != "-") {
    // node_exporter reads no files but those.
    const std::filesystem::path name = std::filesystem::path{file}.filename();
    return name.extension() == ".prom" ? name.stem().string() : name.string();
  }
  const std::filesystem::path whole = std::filesystem::absolute(run).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();  // "runs/new/"
}

}  // namespace lanemark
