#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>

#include "firmware/kiosk/messages.hpp"
#include "firmware/kiosk/names.hpp"
#include "firmware/kiosk/status.hpp"

using namespace xueshi;
using namespace xueshi::kiosk;

TEST_CASE("kiosk: whatever bytes come, a message is read or refused") {
    CHECK(rc::check("any bytes", [](const std::string &bytes) {
        const auto read = read_message(bytes);
        RC_ASSERT(read || read.error().code == ErrorCode::invalid_argument ||
                  read.error().code == ErrorCode::too_large);
    }));
    CHECK(rc::check("a message with one byte changed", [] {
        std::string text = R"({"id":7,"verb":"claim","arguments":{"number":"12","reason":"injury"}})";
        const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
        text[place] = *rc::gen::arbitrary<char>();
        const auto read = read_message(text);
        if (read) {
            RC_ASSERT(std::holds_alternative<Order>(*read));
        }
    }));
}

TEST_CASE("kiosk: whatever the sync daemon's file holds, the screen has one of its states") {
    CHECK(rc::check("any bytes", [](const std::string &bytes) {
        RC_ASSERT(read_sync(bytes).state == "unknown" || bytes.find('{') != std::string::npos);
    }));
}

TEST_CASE("F23: a masked name shows at most its first and last sign, in 30 bytes at most") {
    CHECK(rc::check("any bytes", [](const std::string &name) {
        const auto shown = shown_name(name, NameMode::masked);
        RC_ASSERT(shown.size() <= 30);
        RC_ASSERT(name.empty() == shown.empty());
        RC_ASSERT(name.empty() || shown.find('*') != std::string::npos);
    }));
}
