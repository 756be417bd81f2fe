// SPDX-License-Identifier: MIT

#include "kernels/cuda/workspace.hpp"

#include <map>
#include <mutex>

#include "kernels/core/buffer.hpp"

namespace lanemark {
namespace {

struct Workspaces {
  std::mutex mutex;
  std::map<void*, Memory> of_stream;
};

/// Never destroyed: a stream may outlive static objects.
Workspaces& workspaces() {
  static Workspaces& instance = *new Workspaces;
  return instance;
}

}  // namespace

void* workspace(StreamRef stream) {
  Workspaces& all = workspaces();
  const std::lock_guard lock{all.mutex};
  auto found = all.of_stream.find(stream.native());
  if (found == all.of_stream.end()) {
    found = all.of_stream.emplace(stream.native(), Memory{stream.device(), workspace_size}).first;
  }
  return found->second.data();
}

void release_workspace(StreamRef stream) noexcept {
  Workspaces& all = workspaces();
  std::map<void*, Memory>::node_type released;  // goes, and waits for the streams, after the lock is gone
  const std::lock_guard lock{all.mutex};
  released = all.of_stream.extract(stream.native());
}

}  // namespace lanemark
