#include "firmware/terminald/store.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

const PersonId kAnna("p-anna");

struct StateDirectory {
    test::TemporaryDirectory directory;
    test::FakeClock clock;

    Store open() const {
        Settings settings;
        settings.state_directory = directory / "state";
        settings.sync_directory = directory / "sync";
        return Store::open(settings).value();
    }
    void append(Store &store, record::EventKind kind, json::Object data) const {
        record::EventDraft draft;
        draft.at = clock.now();
        draft.id = Uuid::v7(draft.at.wall_ms);
        draft.kind = kind;
        draft.data = std::move(data);
        REQUIRE(store.journal->append(draft));
    }
};

} // namespace

TEST_CASE_FIXTURE(StateDirectory, "terminald: a start tells systemd how long it may take, longer for more records") {
    test::NotifySocket systemd;
    (void)open();
    const auto first = systemd.value_of("EXTEND_TIMEOUT_USEC");
    REQUIRE(first.has_value());
    CHECK(*first >= 300'000'000);
    const auto journal = directory / "state/journal.db";
    std::filesystem::resize_file(journal, std::filesystem::file_size(journal) + (64U << 20));
    (void)open();
    CHECK(systemd.value_of("EXTEND_TIMEOUT_USEC").value_or(0) >= *first + 64'000'000);
}

TEST_CASE_FIXTURE(StateDirectory, "F35: a start reads in the journal that templates of a gallery put back are gone") {
    const auto file = directory / "state/gallery.db";
    std::string copy;
    {
        auto store = open();
        gallery::StoredTemplate face;
        face.model = "m";
        face.bytes = Bytes(600, 7);
        REQUIRE(store.gallery.gallery->replace(kAnna, "face", "", {face}));
        record::Enrolment enrolment;
        enrolment.person = kAnna;
        enrolment.factor = "face";
        enrolment.from = "photograph";
        enrolment.samples = 1;
        append(store, record::EventKind::enrolment, record::to_json(enrolment));
        copy = read_file(file, 1U << 24).value();
    }
    CHECK(open().gallery.came_back.empty());
    {
        auto store = open();
        REQUIRE(store.gallery.gallery->erase(kAnna));
        append(store, record::EventKind::erasure, record::to_json(record::Erasure{kAnna, "all", "withdrawn", 0, {}}));
    }
    REQUIRE(write_file_durably(file, copy, 0600));
    CHECK(open().gallery.came_back == std::vector{kAnna});
}
