// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <string_view>

// Text of any origin, a record's or a rule's, in the spelling in which each format takes it for text and nothing more.
// For terminals and logs see one_line. Case names of this program come out of all of them as they are.

namespace lanemark {

/// For an attribute or an element of XML or HTML: as printable, tabs and breaks as references.
std::string xml_text(std::string_view text);

/// A field of RFC 4180, in quotes where it has a comma, a quote or a break; its lines are as one_line. Where a
/// spreadsheet would take it for a formula (it begins with = + - or @, or does so behind blanks, a tab, a semicolon or
/// a break) an apostrophe stands before that; a number stays as it is.
std::string csv_field(std::string_view text);

/// A workflow command's message, as GitHub Actions reads it: printable, and what would end it or start another is
/// escaped (%, CR, LF).
std::string annotation_data(std::string_view text);
/// A property's value, such as a title's: also what ends a property (: and ,).
std::string annotation_property(std::string_view text);

/// A label's value in OpenMetrics, without the quotes.
std::string label_value(std::string_view text);

/// A part of a line of Markdown, on one line: what has a meaning there is escaped, and a word of which GitHub would
/// make a link, a mention, a reference or a formula stands as code.
std::string markdown_text(std::string_view text);
/// The same where a line begins with it, which could begin a list, a heading or a rule.
std::string markdown_line(std::string_view text);
/// The same as code, but for what has characters of HTML, backticks or pipes, which stays text.
std::string markdown_code(std::string_view text);

}  // namespace lanemark
