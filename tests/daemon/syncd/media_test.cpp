#include <doctest/doctest.h>

#include "tests/daemon/syncd/clips.hpp"
#include "tests/support/counting_proxy.hpp"

using namespace xueshi;
using namespace std::chrono_literals;
using test::World;

namespace {

constexpr std::size_t kClipBytes = 5 * (1 << 20) + 321;
constexpr std::int64_t kChunk = 1 << 20;
/// TLS records and handshakes, heads, events: what is sent beside the clips' own bytes.
constexpr std::int64_t kBeside = 256 * 1024;

/// Slow enough that a kill meets a clip on its way.
constexpr std::int64_t kBytesPerS = 10'000'000;

struct Delivery {
    World world;
    test::CountingProxy proxy{static_cast<std::uint16_t>(world.device_port), kBytesPerS};
    std::vector<test::ClipOnDisk> clips;

    Delivery() {
        world.sync_port = proxy.port();
        world.start_sync();
        clips = {test::save_clip(world, kClipBytes), test::save_clip(world, kClipBytes), test::save_clip(world, 0)};
    }
    /// Until so many bytes more went to the registry.
    void pass(std::int64_t bytes) {
        const auto goal = proxy.bytes_up() + bytes;
        CHECK(World::wait_for([&] { return proxy.bytes_up() >= goal; }));
    }
    void check_all(int kills) {
        for (const auto &clip : clips) {
            CHECK(World::wait_for([&] { return test::is_confirmed(world, clip); }));
            const auto held = test::held_clip(world, clip.id);
            CHECK(held.bytes == clip.bytes);
            CHECK(held.standing == "signed");
        }
        const auto sent = proxy.bytes_up() - 2 * static_cast<std::int64_t>(kClipBytes);
        MESSAGE("resent and beside: " << sent << " bytes in " << kills << " kills");
        CHECK(sent <= kills * kChunk + kBeside);
    }
};

} // namespace

TEST_CASE("F16: a registry killed while clips come in holds them byte for byte; at most a chunk a kill is sent again") {
    Delivery delivery;
    for (const std::int64_t bytes : {kChunk / 2, kChunk, 3 * kChunk / 2, 2 * kChunk}) {
        delivery.pass(bytes);
        delivery.world.registry->end(SIGKILL);
        delivery.world.start_registry();
    }
    delivery.check_all(4);
}

TEST_CASE("F16: a sync daemon killed while it sends clips goes on at the registry's offset") {
    Delivery delivery;
    for (const std::int64_t bytes : {kChunk / 2, kChunk, 3 * kChunk / 2, 2 * kChunk}) {
        delivery.pass(bytes);
        delivery.world.sync->end(SIGKILL);
        delivery.world.start_sync();
    }
    delivery.check_all(4);
}
