// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

// The one way to this program's standard output and error. Nothing here throws: that nobody reads, or the disk is full,
// is no reason to leave work undone. What was lost is told at the end, by `end_of_output`.

namespace lanemark {

/// Before anything else: a stream that was closed when the program was started is kept taken, or the first file it
/// opens would get what is said; and a reader that has gone, or a limit on files, is an error of a write and no signal.
void keep_streams();

enum class StandardStream { output, error };

/// A document that was asked for, as its format spells it: what was rendered, which no stranger's text is by itself.
void show(StandardStream stream, std::string_view document);
inline void show(std::string_view document) { show(StandardStream::output, document); }

/// A line that was asked for, always one line whatever the values hold; text of any origin may be among them.
void show_one_line(std::string_view text);
template <class... Values>
void show_line(fmt::format_string<Values...> text, Values&&... values) {
  show_one_line(fmt::format(text, std::forward<Values>(values)...));
}

/// Words beside what was asked for, to standard error, as they are. That they are lost is no failure.
void put_beside_output(std::string_view text);

/// "lanemark: …", likewise, and always one line of so many characters as a person might read.
void say_one_line(std::string_view text);
template <class... Values>
void say(fmt::format_string<Values...> text, Values&&... values) {
  say_one_line(fmt::format(text, std::forward<Values>(values)...));
}

/// What became of that which was shown, all of it handed on.
enum class OutputEnd {
  written,
  lost,         ///< a full disk, a stream that was closed from the start
  reader_gone,  ///< closed by who read it, as head does: nobody to complain to
};
OutputEnd end_of_output();

}  // namespace lanemark
