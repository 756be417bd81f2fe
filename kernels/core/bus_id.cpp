// SPDX-License-Identifier: MIT

#include "kernels/core/bus_id.hpp"

#include <algorithm>
#include <cctype>

namespace lanemark {

std::string canonical_bus_id(std::string_view text) {
  constexpr std::size_t domain_digits = 4;
  std::string address{text};
  std::ranges::transform(address, address.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto colons = std::ranges::count(address, ':');
  if (colons == 1) return std::string(domain_digits, '0') + ":" + address;
  if (colons != 2) return address;
  const std::size_t end = address.find(':');
  const std::size_t zeros = std::min(address.find_first_not_of('0'), end);
  const std::size_t digits = end - zeros;
  const std::size_t missing = digits < domain_digits ? domain_digits - digits : 0;
  return std::string(missing, '0') + address.substr(zeros);
}

}  // namespace lanemark
