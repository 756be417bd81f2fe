#pragma once

#include <string>
#include <string_view>

namespace lanemark {

/// For an attribute or an element, of HTML too: U+FFFD for what XML 1.0 cannot hold at all, such as most control
/// characters.
std::string xml_text(std::string_view text);

}  // namespace lanemark
