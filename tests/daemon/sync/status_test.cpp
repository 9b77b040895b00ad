#include "daemon/sync/status.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

TEST_CASE("status: queue, receipt, code and errors are told in each language") {
    sync::Status status;
    status.phase = sync::Phase::waiting_approval;
    status.claim_code = "K7Q2-M9";
    status.queue = 12;
    status.last_receipt_ms = 5;
    status.upload_error = sync::Words{"无法连接", "cannot connect", "연결할 수 없습니다"};
    const auto out = json::parse(sync::write_status(status, 99)).value().as_object();
    CHECK(out.at("as_of_ms") == 99);
    CHECK(out.at("phase") == "waiting_approval");
    CHECK(out.at("claim_code") == "K7Q2-M9");
    CHECK(out.at("queue") == 12);
    CHECK(out.at("reachable") == true);
    CHECK(out.at("upload_error").as_object().at("zh") == "无法连接");
    CHECK(out.at("upload_error").as_object().at("ko") == "연결할 수 없습니다");
    CHECK_FALSE(out.contains("roster_error"));
}

TEST_CASE("status: the file is replaced when something changed, or when it grows old") {
    const test::TemporaryDirectory directory;
    sync::StatusFile file(directory / "status.json");
    const auto as_of = [&] {
        return json::parse(read_file(directory / "status.json", 10'000).value()).value().as_object().at("as_of_ms");
    };
    file.write_if_due(1'000);
    CHECK(as_of() == 1'000);
    file.write_if_due(1'500);
    CHECK(as_of() == 1'000);
    file.now.queue = 1;
    file.write_if_due(2'000);
    CHECK(as_of() == 2'000);
    file.write_if_due(2'000 + sync::kStatusLongestMs);
    CHECK(as_of() == 2'000 + sync::kStatusLongestMs);
    file.write_if_due(5); // the wall clock was set back
    CHECK(as_of() == 5);
}

TEST_CASE("status: one line says to systemd what goes on, or what is in the way") {
    sync::Status status;
    CHECK(sync::describe(status) == "claiming this device at the registry");
    status.phase = sync::Phase::waiting_approval;
    status.claim_code = "K7Q2-M9";
    CHECK(sync::describe(status) == "waiting for an operator to approve the code K7Q2-M9");
    status.phase = sync::Phase::delivering;
    status.queue = 3;
    status.films = 2;
    CHECK(sync::describe(status) == "delivering: 3 events, 0 clips and 2 lesson videos wait");
    status.film_error = sync::Words{"存档", "the archive is full", "보관소가 가득 찼습니다"};
    CHECK(sync::describe(status) == "the archive is full; 3 events, 0 clips and 2 lesson videos wait");
    status.upload_error = sync::Words{"无法", "the registry cannot be reached", "연결할 수 없습니다"};
    CHECK(sync::describe(status).starts_with("the registry cannot be reached; "));
}
