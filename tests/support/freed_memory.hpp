#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <span>

#include <malloc.h>

namespace xueshi::test {

/// While it lives: counts blocks of memory that begin with a secret when they are given back. One at a time; at work
/// only in a program that defines `operator delete` by `give_back`.
class FreedMemory {
public:
    static constexpr std::size_t kMost = 64; ///< bytes of a secret that are compared

    template <typename Secret>
    explicit FreedMemory(const Secret &secret) {
        const auto bytes = std::as_bytes(std::span(secret));
        length = std::min(bytes.size(), kMost);
        std::memcpy(pattern, bytes.data(), length);
        count = 0;
        watching = true;
    }
    FreedMemory(const FreedMemory &) = delete;
    FreedMemory &operator=(const FreedMemory &) = delete;
    ~FreedMemory() { watching = false; }
    std::size_t unwiped() const { return count; }

    static void give_back(void *memory) {
        if (watching && memory != nullptr && malloc_usable_size(memory) >= length &&
            std::memcmp(memory, pattern, length) == 0) {
            ++count;
        }
        std::free(memory);
    }

private:
    static inline std::atomic<bool> watching = false;
    static inline std::atomic<std::size_t> count = 0;
    static inline std::size_t length = 0;
    static inline std::byte pattern[kMost] = {};
};

} // namespace xueshi::test
