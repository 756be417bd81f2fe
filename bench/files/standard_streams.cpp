// SPDX-License-Identifier: MIT

#include "bench/files/standard_streams.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "bench/text/characters.hpp"
#include "bench/text/shown.hpp"

namespace lanemark {
namespace {

/// The first error of a write to either stream that something was shown on; 0 for none.
std::atomic<int> first_error{0};

void keep(int error) {
  int none = 0;
  first_error.compare_exchange_strong(none, error == 0 ? EIO : error);
}

/// For an error of which no more is known.
bool nobody_reads() {
  pollfd end{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&end, 1, 0) > 0 && (end.revents & POLLERR) != 0;
}

}  // namespace

void keep_streams() {
  // Only to be read, so that a write to it fails as it would to a closed one.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDONLY));
  }
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
}

void show(StandardStream stream, std::string_view document) {
  std::FILE* const file = stream == StandardStream::output ? stdout : stderr;
  errno = 0;
  if (std::fwrite(document.data(), 1, document.size(), file) != document.size()) keep(errno);
}

void show_one_line(std::string_view text) { show(one_line(text) + '\n'); }

void put_beside_output(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
  static_cast<void>(std::fflush(stderr));
}

void say_one_line(std::string_view text) {
  constexpr std::size_t longest_message = 10'000;
  put_beside_output(fmt::format("lanemark: {}\n", shown(text, longest_message)));
}

OutputEnd end_of_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) keep(errno);
  const int error = first_error;
  if (error == 0) return OutputEnd::written;
  return error == EPIPE || (error == EIO && nobody_reads()) ? OutputEnd::reader_gone : OutputEnd::lost;
}

}  // namespace lanemark
