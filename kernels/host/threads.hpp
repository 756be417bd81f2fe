// SPDX-License-Identifier: MIT

#pragma once

namespace lanemark {

/// Threads that one host operation may use, at least 1; the library's own choice (every core) until called. Ranks
/// that share a node should share its cores.
void set_host_threads(int threads);

/// Processors this process may run on, by its affinity; at least 1.
int allowed_processors();

}  // namespace lanemark
