// SPDX-License-Identifier: MIT

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace lanemark {

/// Compares `text`, byte for byte, with tests/bench/report/gate/golden/NAME. After a change that is meant, run the
/// tests once with LANEMARK_WRITE_GOLDEN=1 in the environment, which writes those files, and read what git shows.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = LANEMARK_SOURCE_DIR "/tests/bench/report/gate/golden/" + name;
  if (std::getenv("LANEMARK_WRITE_GOLDEN") != nullptr) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
  }
  std::ifstream file{path, std::ios::binary};
  ASSERT_TRUE(file) << path << " cannot be read";
  const std::string wanted{std::istreambuf_iterator<char>{file}, {}};
  const auto [here, there] = std::ranges::mismatch(text, wanted);
  const auto line = [](const std::string& of, auto at) {
    const auto begin = std::find(std::make_reverse_iterator(at), of.rend(), '\n').base();
    return std::string{begin, std::find(at, of.end(), '\n')};
  };
  EXPECT_TRUE(text == wanted) << path << ", line " << 1 + std::count(text.begin(), here, '\n') << ", has\n"
                              << line(wanted, there) << "\nwhere this is now\n"
                              << line(text, here);
}

}  // namespace lanemark
