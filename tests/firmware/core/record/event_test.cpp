#include "firmware/core/record/event.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace xueshi;
using record::EventKind;
using record::SourceKind;

TEST_CASE("event: each kind has its own text and reads back") {
    std::set<std::string> seen;
    for (int i = static_cast<int>(EventKind::punch); i <= static_cast<int>(EventKind::media_deleted); ++i) {
        const auto kind = static_cast<EventKind>(i);
        const std::string text(to_string(kind));
        CHECK(text != "unknown");
        CHECK(seen.insert(text).second);
        CHECK(record::parse_event_kind(text).value() == kind);
    }
    CHECK_FALSE(record::parse_event_kind("Punch").has_value());
    CHECK_FALSE(record::parse_event_kind("").has_value());
}

TEST_CASE("event: sources read back; a virtual device says virtual") {
    for (const auto kind : {SourceKind::physical, SourceKind::replay, SourceKind::virtual_device, SourceKind::paper}) {
        CHECK(record::parse_source_kind(to_string(kind)).value() == kind);
    }
    CHECK(to_string(SourceKind::virtual_device) == "virtual");
    CHECK_FALSE(record::parse_source_kind("virtual_device").has_value());
}
