// What the screen's server costs in a running terminal, seen from a page: pictures a second, how old each is when the
// socket gets it, and the terminal's memory before and while pages look.
//
//   bench_kiosk --pid $(pidof xueshi-terminald) [--port 8470] [--pages 1] [--seconds 30] [--json FILE]
#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "firmware/core/base/json.hpp"
#include "tests/support/web_socket_client.hpp"

using namespace xueshi;

namespace {

struct Arguments {
    int pid = 0, pages = 1, seconds = 30;
    std::uint16_t port = 8470;
    std::string json;
};

std::int64_t rss_kib(int pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::stoll(line.substr(6));
        }
    }
    return -1;
}

/// Acknowledges each picture at once, as a page that keeps up; the pictures' ages in milliseconds.
std::vector<std::int64_t> look(std::uint16_t port, std::chrono::seconds time) try {
    constexpr std::size_t kHead = 16; // firmware/kiosk/README.md
    test::WebSocketClient page(port);
    const auto host = "127.0.0.1:" + std::to_string(port);
    if (!page.open("/ws", "Host: " + host + "\r\nOrigin: http://" + host + "\r\n").starts_with("HTTP/1.1 101")) {
        return {};
    }
    std::vector<std::int64_t> ages;
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
        const auto frame = page.receive();
        if (!frame) {
            break;
        }
        if (frame->opcode != 2 || frame->payload.size() < kHead) {
            continue;
        }
        const auto number = [&](std::size_t at) {
            std::int64_t value = 0;
            for (std::size_t i = at; i < at + 4; ++i) {
                value = value << 8 | static_cast<unsigned char>(frame->payload[i]);
            }
            return value;
        };
        ages.push_back(number(4));
        page.send_text(json::serialize(json::Object{{"ack", number(0)}}));
    }
    return ages;
} catch (const std::exception &exception) {
    fmt::print(stderr, "bench_kiosk: {}\n", exception.what());
    return {};
}

std::int64_t quantile(std::vector<std::int64_t> values, double part) {
    if (values.empty()) {
        return -1;
    }
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    CLI::App app("What the screen's server costs in a running terminal.", "bench_kiosk");
    app.add_option("--pid", arguments.pid, "of xueshi-terminald")->required();
    app.add_option("--port", arguments.port, "kiosk.port")->capture_default_str();
    app.add_option("--pages", arguments.pages, "that look at a time")->capture_default_str();
    app.add_option("--seconds", arguments.seconds, "of looking")->capture_default_str();
    app.add_option("--json", arguments.json, "file for the figures");
    CLI11_PARSE(app, argc, argv);

    const auto before = rss_kib(arguments.pid);
    std::vector<std::vector<std::int64_t>> ages(static_cast<std::size_t>(arguments.pages));
    std::vector<std::thread> pages;
    for (auto &mine : ages) {
        pages.emplace_back([&] { mine = look(arguments.port, std::chrono::seconds(arguments.seconds)); });
    }
    std::this_thread::sleep_for(std::chrono::seconds(arguments.seconds) - std::chrono::milliseconds(500));
    const auto during = rss_kib(arguments.pid);
    for (auto &page : pages) {
        page.join();
    }
    const auto &first = ages.front();
    const double rate = static_cast<double>(first.size()) / arguments.seconds;
    if (!arguments.json.empty()) {
        std::ofstream(arguments.json) << json::serialize(json::Object{{"pictures_a_second", rate},
                                                                      {"age_median_ms", quantile(first, 0.5)},
                                                                      {"age_p99_ms", quantile(first, 0.99)},
                                                                      {"rss_before_kib", before},
                                                                      {"rss_during_kib", during}})
                                      << "\n";
    }
    fmt::print(
        "bench_kiosk: {:.1f} pictures/s, age at the socket {} ms (median), {} ms (99 %), RSS {} KiB before, {} KiB "
        "while {} page(s) look\n",
        rate, quantile(first, 0.5), quantile(first, 0.99), before, during, arguments.pages);
    return first.empty() ? 1 : 0;
}
