#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace xueshi::test {

/// The words that run a program of this build. `emulator`, of CMAKE_CROSSCOMPILING_EMULATOR with | between its words,
/// is empty where this machine runs the program itself.
inline std::vector<std::string> words_to_run(const std::string &program, const std::string &emulator) {
    std::vector<std::string> words;
    std::istringstream before(emulator);
    for (std::string word; std::getline(before, word, '|');) {
        words.push_back(word);
    }
    words.push_back(program);
    return words;
}

} // namespace xueshi::test
