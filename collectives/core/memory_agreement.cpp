// SPDX-License-Identifier: MIT

#include "collectives/core/memory_agreement.hpp"

#include <new>
#include <system_error>

namespace lanemark {
namespace {

bool is_lack(const std::error_code& code) {
  return code == std::errc::resource_unavailable_try_again || code == std::errc::not_enough_memory;
}

/// What `work` found missing, if anything.
std::optional<std::string> lack(const std::function<void()>& work) {
  try {
    work();
  } catch (const OutOfMemory& error) {
    return error.what();
  } catch (const std::bad_alloc&) {
    return "host memory: refused by the system (ulimit -v?); use a smaller size or fewer ranks";
  } catch (const std::system_error& error) {
    if (!is_lack(error.code())) throw;
    return std::string{"host: no thread or memory to be had: "} + error.code().message();
  }
  return std::nullopt;
}

}  // namespace

void take_memory(const World& world, const std::function<void()>& work) {
  if (const auto any = world.first_problem_of_whole(lack(work))) throw OutOfMemoryTogether(*any);
}

std::optional<std::string> lack_in(const std::function<void()>& work) {
  try {
    work();
  } catch (const OutOfMemoryTogether& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace lanemark
