#include <cstring>
#include <future>
#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "firmware/fingerprint/virtual/feeder.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using namespace std::chrono_literals;

namespace {

/// Listens as the driver does.
class Driver {
public:
    explicit Driver(const std::filesystem::path &path) : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
        REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
    }
    UniqueFd accept() { return UniqueFd(::accept(listener_.get(), nullptr, nullptr)); }

private:
    UniqueFd listener_;
};

Bytes read_exactly(int fd, std::size_t count) {
    Bytes bytes(count);
    std::size_t done = 0;
    while (done < count) {
        const auto got = ::read(fd, bytes.data() + done, count - done);
        if (got <= 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

std::int32_t integer_at(const Bytes &bytes, std::size_t at) {
    std::int32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

} // namespace

TEST_CASE("feeder: a picture is its size and its pixels, and shown once the driver has read it all") {
    const test::TemporaryDirectory folder;
    Driver driver(folder.path() / "s");
    const Picture picture{400, 600, Bytes(400 * 600, 7)};
    auto shown = std::async(std::launch::async, [&] { return Feeder(folder.path() / "s").show(picture, 20s); });
    const UniqueFd connection = driver.accept();
    const Bytes bytes = read_exactly(connection.get(), 8 + picture.pixels.size());
    REQUIRE(bytes.size() == 8 + picture.pixels.size());
    CHECK(integer_at(bytes, 0) == 400);
    CHECK(integer_at(bytes, 4) == 600);
    CHECK(shown.get());
}

TEST_CASE("feeder: a driver that went away in the middle gets the whole picture again") {
    const test::TemporaryDirectory folder;
    Driver driver(folder.path() / "s");
    const Picture picture{400, 600, Bytes(400 * 600, 7)};
    auto shown = std::async(std::launch::async, [&] { return Feeder(folder.path() / "s").show(picture, 20s); });
    {
        const UniqueFd first = driver.accept();
        read_exactly(first.get(), 1000);
    }
    const UniqueFd second = driver.accept();
    CHECK(read_exactly(second.get(), 8 + picture.pixels.size()).size() == 8 + picture.pixels.size());
    CHECK(shown.get());
}

TEST_CASE("feeder: it waits for a driver that does not listen yet, but not for ever") {
    const test::TemporaryDirectory folder;
    const auto never = Feeder(folder.path() / "s").show({1, 1, Bytes(1)}, 1ms);
    REQUIRE_FALSE(never);
    CHECK(never.error().code == ErrorCode::timeout);

    auto connected = std::async(std::launch::async, [&] { return Feeder(folder.path() / "s").connect(20s); });
    std::this_thread::sleep_for(5ms);
    Driver driver(folder.path() / "s");
    const UniqueFd connection = driver.accept();
    CHECK(connected.get());
}

TEST_CASE("feeder: a finger that no scan takes is lifted again") {
    const test::TemporaryDirectory folder;
    Driver driver(folder.path() / "s");
    Feeder feeder(folder.path() / "s");
    const auto shown = feeder.show({4, 1, Bytes(4, 9)}, 1ms);
    REQUIRE_FALSE(shown);
    CHECK(shown.error().code == ErrorCode::timeout);
    const UniqueFd connection = driver.accept();
    read_exactly(connection.get(), 12);
    CHECK(read_exactly(connection.get(), 1).empty()); // closed, nothing more to come
}

TEST_CASE("feeder: a socket path that is too long is refused") {
    CHECK(Feeder("/" + std::string(120, 'x')).connect(1ms).error().code == ErrorCode::invalid_argument);
}
