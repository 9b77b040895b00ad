#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace xueshi::test::crash {

/// A set of hashes for several processes: open addressing, never shrinks, no locks.
template <std::size_t Slots>
class SharedSet {
public:
    /// True: it is new. At most about Slots / 2 may be put in.
    bool insert(std::uint64_t hash) {
        hash |= hash == 0 ? 1U : 0U; // 0 is an empty slot
        for (std::size_t i = hash % Slots;; i = (i + 1) % Slots) {
            std::uint64_t there = 0;
            if (slots_[i].compare_exchange_strong(there, hash)) {
                return true;
            }
            if (there == hash) {
                return false;
            }
        }
    }

private:
    std::atomic<std::uint64_t> slots_[Slots];
};

/// What the worker processes have done so far.
struct Tally {
    static constexpr std::size_t kFindings = 8;
    static constexpr std::size_t kSlots = 1u << 22;

    std::atomic<std::uint64_t> states, checked, built, second_cuts, lost, corrupt, half, finding_count;
    char findings[kFindings][400];
    SharedSet<kSlots> images, pairs;

    /// False: there is no place left for its text.
    bool note(const std::string &text) {
        const std::uint64_t place = finding_count++;
        if (place < kFindings) {
            std::snprintf(findings[place], sizeof findings[place], "%s", text.c_str());
        }
        return place == 0;
    }
};

/// A Tally in memory that children share.
class SharedTally {
public:
    SharedTally() {
        void *memory =
            ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::runtime_error("no shared memory");
        }
        tally_ = static_cast<Tally *>(memory); // zeroed pages are empty sets and counts
    }
    SharedTally(const SharedTally &) = delete;
    SharedTally &operator=(const SharedTally &) = delete;
    ~SharedTally() { ::munmap(tally_, sizeof(Tally)); }
    Tally *operator->() const { return tally_; }
    Tally &operator*() const { return *tally_; }

private:
    Tally *tally_;
};

} // namespace xueshi::test::crash
