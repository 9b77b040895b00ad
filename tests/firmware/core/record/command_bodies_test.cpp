#include <doctest/doctest.h>

#include "firmware/core/record/command_bodies.hpp"

using namespace xueshi;
using namespace xueshi::record;

TEST_CASE("command bodies: each kind's arguments are read back") {
    CHECK(send_clip_from_json(to_json(SendClip{MediaId("m-1")}))->clip == MediaId("m-1"));
    CHECK(reverify_from_json(to_json(Reverify{{PersonId("a"), PersonId("b")}}))->people.size() == 2);
    const auto range = resend_range_from_json(to_json(ResendRange{ChainId("c"), 3, 9}));
    CHECK(range->first == 3);
    CHECK(range->last == 9);
    SetPolicy policy;
    policy.clip_hours = {"22:00-06:00"};
    policy.film_hours = std::vector<std::string>{};
    policy.max_kbytes_per_s = 20;
    const auto read = set_policy_from_json(to_json(policy));
    CHECK(read->clip_hours == policy.clip_hours);
    CHECK(read->film_hours == policy.film_hours);
    CHECK(read->max_kbytes_per_s == 20);
    CHECK_FALSE(set_policy_from_json({})->clip_hours); // as configured
}

TEST_CASE("command bodies: arguments of another kind, too many or too far are refused with their place") {
    const auto refused = [](CommandKind kind, const json::Object &arguments) {
        const auto checked = check_arguments(kind, arguments);
        REQUIRE_FALSE(checked);
        return checked.error().message;
    };
    CHECK(refused(CommandKind::send_clip, {}).find("arguments.clip") != std::string::npos);
    CHECK(refused(CommandKind::reverify, {{"people", json::Array()}}).find("people") != std::string::npos);
    json::Array crowd;
    for (int i = 0; i < 61; ++i) {
        crowd.emplace_back("p-" + std::to_string(i));
    }
    refused(CommandKind::reverify, {{"people", crowd}});
    refused(CommandKind::resend_range, {{"chain", "c"}, {"first", 9}, {"last", 3}});
    refused(CommandKind::resend_range, {{"chain", "c"}, {"first", 1}, {"last", 100'001}});
    refused(CommandKind::set_policy, {{"max_kbytes_per_s", -1}});
    refused(CommandKind::set_policy, {{"clips", "all"}}); // an order never widens whose clips leave
    refused(CommandKind::take_picture, {{"camera", "kiosk"}});
    CHECK(check_arguments(CommandKind::rotate_certificate, {}));
}

TEST_CASE("command bodies: a result is read back") {
    CommandResult result;
    result.command = Uuid::v7(1);
    result.outcome = CommandOutcome::failed;
    result.reason = "no camera runs";
    CHECK(command_result_from_json(to_json(result)).value() == result);
    result = {Uuid::v7(2), CommandOutcome::done, "", MediaId("m"), 5};
    CHECK(command_result_from_json(to_json(result)).value() == result);
    CHECK_FALSE(command_result_from_json({{"command", "x"}, {"outcome", "done"}}));
    CHECK_FALSE(command_result_from_json({{"command", result.command.str()}, {"outcome", "perhaps"}}));
}
