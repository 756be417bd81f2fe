// SPDX-License-Identifier: MIT

#pragma once

// CLI11 is one header that takes four seconds to compile: only files that declare or read flags include it.

namespace CLI {
class App;
class Option;
}  // namespace CLI
