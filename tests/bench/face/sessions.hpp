#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace xueshi::bench {

/// Of a name `<subject>_?_?_<session>_<frame>`: the session. All else before the frame may differ within it.
std::string session_of(const std::string &stem);
/// Of the same name: all before the frame.
std::string recording_of(const std::string &stem);
/// At most `wanted` of `count` places, the first and the last among them, none twice.
std::vector<std::size_t> spread(std::size_t count, std::size_t wanted);
/// Where windows of `length` in one recording begin, one after the other; `recordings` names that of each picture.
std::vector<std::size_t> windows(const std::vector<std::string> &recordings, std::size_t length);

} // namespace xueshi::bench
