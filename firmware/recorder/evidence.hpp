#pragma once

#include <cstdint>
#include <map>
#include <mutex>

namespace xueshi::recorder {

/// How much of each stretch of wall time is on film, and how much of that can be used: with sound where there should be
/// some, and showing something (RULES section 5: ten usable minutes a class hour). Thread-safe.
class Evidence {
public:
    struct Amount {
        std::int64_t recorded_ms = 0, usable_ms = 0;
        bool operator==(const Amount &) const = default;
    };

    /// [from, until); may overlap what is known.
    void recorded(std::int64_t from_ms, std::int64_t until_ms);
    void faulty(std::int64_t from_ms, std::int64_t until_ms);
    Amount between(std::int64_t from_ms, std::int64_t until_ms) const;
    /// What ended before it is of no use any more.
    void forget_before(std::int64_t wall_ms);

private:
    using Intervals = std::map<std::int64_t, std::int64_t>; ///< begin to end; apart from each other
    static void add(Intervals &intervals, std::int64_t from_ms, std::int64_t until_ms);
    static void forget(Intervals &intervals, std::int64_t wall_ms);

    mutable std::mutex mutex_;
    Intervals recorded_, faulty_;
};

} // namespace xueshi::recorder
