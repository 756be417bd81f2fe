// SPDX-License-Identifier: MIT

#include "bench/files/file_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace lanemark {

std::string_view cure(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return "give this user write permission there, or choose another folder";
    case ENOTDIR:
    case EEXIST: return "a part of the path is a file; choose a folder";
    case EROFS: return "the file system is mounted read-only; choose another folder";
    case ENOSPC:
    case EDQUOT: return "free some space there, or choose another folder";
    case EFBIG: return "the limit on the size of files is reached; raise it (ulimit -f)";
    case ENAMETOOLONG: return "choose a shorter path";
    case EPIPE: return "whoever read it has gone";
    case ELOOP: return "it is a symbolic link; name the file that it leads to";
    default: return "choose a folder in which this user can create files";
  }
}

std::string file_error(int error) { return fmt::format("{}; {}", std::generic_category().message(error), cure(error)); }

}  // namespace lanemark
