// SPDX-License-Identifier: MIT

#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/error.hpp"

namespace lanemark {

/// Every object of type T that some linked file registered. T has a `name`. Kept sorted by name, so that the
/// order does not hang on the order of linking.
template <class T>
class Registry {
 public:
  static const std::vector<const T*>& all() { return entries(); }

  static const T* find(std::string_view name) {
    const auto found = std::ranges::find(entries(), name, [](const T* entry) { return entry->name; });
    return found == entries().end() ? nullptr : *found;
  }

  /// Throws UsageError that lists the known names. `what` is what the user calls a T.
  static const T& get(std::string_view what, std::string_view name) {
    if (const T* found = find(name)) return *found;
    std::vector<std::string_view> names;
    for (const T* entry : entries()) names.push_back(entry->name);
    throw UsageError(fmt::format("unknown {} '{}'; known: {}", what, name, fmt::join(names, ", ")));
  }

  static void add(const T* entry) {
    auto& list = entries();
    list.insert(std::ranges::upper_bound(list, entry->name, {}, [](const T* e) { return e->name; }), entry);
  }

 private:
  static std::vector<const T*>& entries() {
    static std::vector<const T*> list;
    return list;
  }
};

/// An object that registers itself: `const Registered<Collective> broadcast{{.name = "broadcast", …}};`
template <class T>
struct Registered : T {
  explicit Registered(T value) : T{std::move(value)} { Registry<T>::add(this); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  Registered(Registered&&) = delete;
  Registered& operator=(Registered&&) = delete;
  ~Registered() = default;
};

}  // namespace lanemark
