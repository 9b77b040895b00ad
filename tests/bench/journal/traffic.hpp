#pragma once

#include <cstdint>

namespace xueshi::bench {

/// What goes to the disk through SQLite from now on: calls of write, sync and truncate, and bytes written.
struct Traffic {
    std::int64_t calls = 0, bytes = 0, syncs = 0;
};
/// Puts a counting layer before the default file system of SQLite, once and for good.
void count_traffic();
Traffic traffic();

/// Resident memory of this process, bytes.
std::int64_t resident_bytes();

} // namespace xueshi::bench
