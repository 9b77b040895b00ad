// What the kiosk makes of names, orders, status files and refusals, without a socket.
#include <doctest/doctest.h>

#include <algorithm>

#include "firmware/core/base/bytes.hpp"
#include "firmware/kiosk/messages.hpp"
#include "firmware/kiosk/names.hpp"
#include "firmware/kiosk/pins.hpp"
#include "firmware/kiosk/status.hpp"

using namespace xueshi;
using namespace xueshi::kiosk;

TEST_CASE("F23: names are masked sign by sign, and a long one does not give its length away") {
    const auto masked = [](std::string_view name) { return shown_name(name, NameMode::masked); };
    CHECK(masked("王小明") == "王*明");
    CHECK(masked("王明") == "王*");
    CHECK(masked("王") == "*");
    CHECK(masked("") == "");
    CHECK(masked("阿卜杜拉·买买提") == "阿***提");
    CHECK(masked("𠮷田𠀋") == "𠮷*𠀋"); // beyond the basic plane
    std::string fifty;
    for (int i = 0; i < 50; ++i) {
        fifty += "长";
    }
    CHECK(masked(fifty) == "长***长");
    CHECK(masked("\xff\xfe\xfd") == "*");
    CHECK(masked("王\xe5\xb0") == "*"); // cut in the middle of a sign
    CHECK(shown_name("王小明", NameMode::full) == "王小明");
    CHECK(shown_name("王小明", NameMode::number) == "");
}

TEST_CASE("kiosk: an order has an id, a verb and arguments, and nothing else") {
    const auto order = read_message(R"({"id":7,"verb":"claim","arguments":{"number":"12"}})");
    REQUIRE(order);
    CHECK(std::get<Order>(*order).id == 7);
    CHECK(std::get<Order>(*order).arguments.at("number") == "12");
    CHECK(std::get<Acknowledgement>(read_message(R"({"ack":3})").value()).number == 3);
    CHECK(std::get<Order>(read_message(R"({"id":1,"verb":"plan"})").value()).arguments.empty());
    CHECK(std::holds_alternative<Used>(read_message(R"({"used":true})").value()));
    for (const char *bad : {"", "{", "[]", "null", "7", R"({"used":1})", R"({"used":true,"id":1,"verb":"plan"})",
                            R"({"id":0,"verb":"x"})", R"({"id":1})", R"({"id":"1","verb":"x"})", R"({"id":1,"verb":7})",
                            R"({"id":1,"verb":"x","arguments":[]})", R"({"id":1,"verb":"x","role":"admin"})",
                            R"({"ack":-1})", R"({"ack":1,"id":1})", R"({"id":9007199254740993,"verb":"x"})",
                            R"({"id":1,"verb":"x","arguments":{"a":[[[[[[[[[[1]]]]]]]]]]}})"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_message(bad));
    }
}

TEST_CASE("kiosk: a picture's head says its number, its age and its size") {
    Picture picture;
    picture.jpeg = {0xff, 0xd8};
    picture.captured_boot_ms = 1'000;
    picture.width = 480;
    picture.height = 270;
    const auto bytes = picture_bytes(picture, 0x01020304, 1'258);
    CHECK(hex(as_bytes(bytes)) == "01020304"
                                  "00000102"
                                  "01e0"
                                  "010e"
                                  "00000000"
                                  "ffd8");
    CHECK(hex(as_bytes(picture_bytes(picture, 1, 900))).substr(8, 8) == "00000000"); // never from the future
}

TEST_CASE("F30: what is guessed at once is no PIN") {
    for (const char *bad :
         {"", "12345", "1234567890123", "000000", "123456", "987654", "2801 4", "28017a", "２８０１７４"}) {
        CAPTURE(bad);
        CHECK_FALSE(check_pin(bad));
    }
    CHECK(check_pin("280174"));
    CHECK(check_pin("135790246810"));
}

TEST_CASE("F30: the lockout begins with the third wrong PIN and doubles, up to an hour") {
    CHECK(lockout_ms(0) == 0);
    CHECK(lockout_ms(2) == 0);
    CHECK(lockout_ms(3) == 30'000);
    CHECK(lockout_ms(4) == 60'000);
    CHECK(lockout_ms(9) == 1'920'000);
    CHECK(lockout_ms(10) == 3'600'000);
    CHECK(lockout_ms(1'000'000) == 3'600'000);
    for (std::int64_t failures = 0; failures < 100; ++failures) {
        CHECK(lockout_ms(failures) <= lockout_ms(failures + 1));
    }
}

TEST_CASE("kiosk: a second refusal leads to the finger, the next to the claim, and a minute's peace begins anew") {
    Advice advice;
    CHECK(advice.after_refusal(1'000, true) == "retry");
    CHECK(advice.after_refusal(12'000, true) == "finger");
    CHECK(advice.after_refusal(23'000, true) == "claim");
    CHECK(advice.after_refusal(90'000, true) == "retry");
    CHECK(advice.after_refusal(91'000, false) == "claim"); // there is no reader
    advice.begin_anew();
    CHECK(advice.after_refusal(92'000, true) == "retry");
}

TEST_CASE("kiosk: the sync daemon's file says whether the terminal is online, and is doubted when it is broken") {
    const auto read = [](const std::string &rest) { return read_sync("{\"as_of_ms\":1000000," + rest + "}"); };
    CHECK(read(R"("phase":"delivering","queue":3)").state == "online");
    CHECK(read(R"("phase":"delivering","queue":3)").queue == 3);
    const auto offline =
        read(R"("phase":"delivering","upload_error":{"zh":"无法连接","en":"no connection","ko":"연결할 수 없습니다"})");
    CHECK(offline.state == "offline");
    CHECK(offline.error_zh == "无法连接");
    CHECK(offline.error_en == "no connection");
    CHECK(offline.error_ko == "연결할 수 없습니다");
    const std::string refused = R"("phase":"delivering","command_error":{"zh":"指令","en":"a command"})";
    const auto away = read(refused + R"(,"reachable":false)");
    CHECK(away.state == "offline");
    CHECK(away.error_en == "a command");
    CHECK(read(refused + R"(,"reachable":true)").state == "online");
    CHECK(read(refused + R"(,"reachable":true)").error_en.empty());
    CHECK(read(R"("phase":"waiting_approval","claim_code":"K7-2M")").claim_code == "K7-2M");
    CHECK(read(R"("phase":"waiting_approval","claim_code":"K7-2M")").state == "waiting_approval");
    CHECK(read(R"("phase":"claiming")").state == "claiming");
    for (const char *broken : {"", "{", "[]", "7", "\"x\""}) {
        CHECK(read_sync(broken).state == "unknown");
    }
    CHECK(read_sync(R"({"as_of_ms":"x","phase":7,"queue":"many","upload_error":[]})").state == "claiming");
}

TEST_CASE("F09: a sync daemon that lives is not called silent because wall time was set, and a silent one is") {
    const auto written = [](std::int64_t as_of_ms) {
        return R"({"phase":"delivering","as_of_ms":)" + std::to_string(as_of_ms) + "}";
    };
    constexpr std::int64_t kWall = 1'764'230'000'000, kHour = 3'600'000;
    Instant now{.wall_ms = kWall, .boot_id = "b", .boot_ms = 100'000, .quality = ClockQuality::synchronised};
    const auto after = [&now](std::int64_t ms) {
        now.wall_ms += ms;
        now.boot_ms += ms;
        return now;
    };
    SyncWatch watch;
    CHECK(watch.look(written(kWall - 20'000), now).state == "online");
    now.quality = ClockQuality::holdover; // the machine's clock was set back, and this terminal's did not follow
    CHECK(watch.look(written(kWall - kHour), after(10'000)).state == "online");
    CHECK(watch.look(written(kWall - kHour), after(90'000)).state == "online");
    CHECK(watch.look(written(kWall - kHour), after(1)).state == "stopped");
    CHECK(watch.look(written(kWall + kHour), after(1)).state == "online"); // set forward now
    CHECK(watch.look(written(kWall + kHour), after(90'001)).state == "stopped");
    CHECK(watch.look("", after(1)).state == "unknown");
    CHECK(watch.look(written(kWall + kHour), after(1)).state == "stopped");
    now.quality = ClockQuality::synchronised;
    CHECK(SyncWatch().look(written(now.wall_ms - 90'001), now).state == "stopped"); // already before the first look
    CHECK(SyncWatch().look(R"({"as_of_ms":"x"})", now).state == "stopped");
}

TEST_CASE("kiosk: a status says nothing of people but counts, and of the picked lesson only while there is one") {
    Status status;
    status.now.quality = ClockQuality::unset;
    auto value = to_json(status);
    CHECK(value.at("type") == "status");
    CHECK(value.at("picked").is_null());
    CHECK(value.at("next").is_null());
    CHECK(value.at("lessons").as_array().empty());
    status.lessons.emplace_back();
    status.picked.emplace().lesson = LessonId("l-1");
    value = to_json(status);
    CHECK(value.at("lessons").as_array().at(0).at("evidence").is_null());
    CHECK(value.at("picked").at("lesson") == "l-1");
}
