// SPDX-License-Identifier: MIT

#pragma once

#include <string_view>

namespace lanemark {

enum class ProgressMode { automatic, on, off };

/// One line on standard error that is written over while cases run. Automatic: only if a person watches. Under
/// mpirun a rank's own streams tell nothing (its standard output is always a pseudo-terminal, its standard error
/// never), so mpirun's are looked at.
class Progress {
 public:
  Progress(bool is_root, ProgressMode mode);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;
  ~Progress() { clear(); }

  void show(std::size_t done, std::size_t total, std::string_view what);
  void clear();

 private:
  bool active_;
  bool shown_ = false;
};

}  // namespace lanemark
