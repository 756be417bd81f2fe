// SPDX-License-Identifier: MIT

#include "collectives/core/mpi_check.hpp"

#include <fmt/format.h>

#include <array>

#include "kernels/core/error.hpp"

namespace lanemark {

void check_mpi(int mpi_status, const std::source_location& where) {
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(mpi_status, text.data(), &length);
  throw Error(located(fmt::format("MPI: {}", std::string_view(text.data(), static_cast<std::size_t>(length))), where));
}

}  // namespace lanemark
