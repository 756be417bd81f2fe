// SPDX-License-Identifier: MIT

#include "bench/record/versions.hpp"

#include <mpi.h>

#include <array>

#include "bench/record/commit.hpp"
#include "collectives/core/mpi_check.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check(MPI_Get_library_version(text.data(), &length));
  std::string version{text.data()};
  // "Open MPI v4.1.4, package: …": what follows names the build machine.
  return version.substr(0, version.find_first_of(",\n"));
}

std::string compiler_version() {
#ifdef __clang__
  return __VERSION__;
#else
  return "g++ " __VERSION__;
#endif
}

const Registered<VersionSource> mpi{{"mpi", mpi_library}};
const Registered<VersionSource> compiler{{"compiler", compiler_version}};
const Registered<VersionSource> program{{"lanemark", [] { return std::string{LANEMARK_VERSION}; }}};
const Registered<VersionSource> commit{{"commit", [] { return std::string{LANEMARK_COMMIT}; }}};

}  // namespace

Versions versions() {
  Versions all;
  for (const VersionSource* source : Registry<VersionSource>::all()) {
    if (std::string version = source->read(); !version.empty()) all.emplace(source->name, std::move(version));
  }
  return all;
}

}  // namespace lanemark
