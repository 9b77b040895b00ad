#pragma once

#include <chrono>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/roster/roster.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// Of the machine's clock, by which a terminal that runs for real goes.
inline std::int64_t wall_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// A registry that signs rosters into a sync directory, as syncd would put them there.
class RosterRegistry {
public:
    RosterRegistry() {
        auto made = identity::open_or_create_signer(directory_ / "registry.key");
        REQUIRE(made);
        signer_ = std::move(*made);
    }
    const identity::Signer &signer() const { return *signer_; }

    void pin(const std::filesystem::path &sync) const {
        REQUIRE(make_directory(sync));
        REQUIRE(write_file_durably(sync / "registry_key.pem", signer_->public_key_pem()));
    }
    /// The classroom's roster for `device`, its lessons moved in time.
    void publish(const std::filesystem::path &sync, const DeviceId &device, std::int64_t as_of_ms,
                 std::int64_t lessons_by_ms = 0, const std::string &confidential_document = {}) const {
        auto roster = *make_classroom();
        roster.classes[0].confidential_document = confidential_document;
        for (auto &lesson : roster.classes[0].lessons) {
            for (auto &hour : lesson.hours) {
                hour.start_ms += lessons_by_ms;
                hour.end_ms += lessons_by_ms;
            }
        }
        roster.device = device;
        roster.as_of_ms = as_of_ms;
        roster.hours_as_of_ms = as_of_ms;
        roster.hours[{ClassId("c-1"), PersonId("p-1")}] = {1, 2};
        const auto document = roster::sign_roster(*signer_, roster);
        REQUIRE(document);
        REQUIRE(write_file_durably(sync / "roster.json", identity::write_document(*document)));
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<identity::Signer> signer_;
};

} // namespace xueshi::test
