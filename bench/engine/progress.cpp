// SPDX-License-Identifier: MIT

#include "bench/engine/progress.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include "bench/files/standard_streams.hpp"
#include "bench/text/characters.hpp"

namespace lanemark {
namespace {

/// Whether the launcher's standard error is a terminal; its link is readable for the same user.
bool launcher_is_on_a_terminal() {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/2", ::getppid()), error);
  return !error && (target.string().starts_with("/dev/pts/") || target.string().starts_with("/dev/tty"));
}

bool watched() {
  if (std::getenv("CI") != nullptr) return false;
  const bool launched = std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr;
  return launched ? launcher_is_on_a_terminal() : ::isatty(STDERR_FILENO) == 1;
}

}  // namespace

Progress::Progress(bool is_root, ProgressMode mode)
    : active_{is_root && (mode == ProgressMode::on || (mode == ProgressMode::automatic && watched()))} {}

void Progress::show(std::size_t done, std::size_t total, std::string_view what) {
  if (!active_) return;
  put_beside_output(fmt::format("\r\033[K[{}/{}] {}", done, total, one_line(what)));
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  put_beside_output("\r\033[K");
  shown_ = false;
}

}  // namespace lanemark
