#include "tests/flow/sync_faults/schedule.hpp"

#include <algorithm>
#include <exception>
#include <functional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/flow/sync_faults/exchange_proxy.hpp"
#include "tests/flow/sync_faults/tcp_proxy.hpp"

namespace xueshi::test::sync_faults {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Weather = TcpProxy::Weather;

namespace {

constexpr auto kTick = 10ms, kLook = 100ms;
/// After the storm: longer than any request is held back, so that what comes late has come.
constexpr auto kAtLeastCalm = 1'000ms;
constexpr auto kAtMostCalm = 90s;

/// What this seed's storm is made of: not everything at once, or nothing would ever get through.
struct Plan {
    std::map<Exchange, int> exchanges;
    std::vector<std::pair<Weather, std::string>> weathers;
    bool cuts = false, resets = false, full_disk = false;
    std::vector<Program> kills;
    std::chrono::milliseconds storm{};
    std::int64_t punches = 0;

    Plan(Dice dice, Control control) {
        for (const auto &[fault, name] : kExchangeFaults) {
            if (dice.chance(60)) {
                exchanges[fault] = static_cast<int>(dice.between(4, 16));
            }
        }
        const std::vector<std::pair<Weather, std::string>> all{{Weather::refusing, "refusing"},
                                                               {Weather::frozen, "half_open"},
                                                               {Weather::delayed, "delayed"},
                                                               {Weather::slow, "slow"}};
        std::copy_if(all.begin(), all.end(), std::back_inserter(weathers),
                     [&](const auto &) { return dice.chance(50); });
        cuts = dice.chance(60);
        resets = dice.chance(60);
        full_disk = dice.chance(40);
        std::copy_if(kPrograms.begin(), kPrograms.end(), std::back_inserter(kills),
                     [&](Program) { return dice.chance(70); });
        storm = dice.ms(2'000, 4'000);
        punches = dice.between(60, 120);
        if (control != Control::none) { // what the control needs to be found
            kills = {control == Control::ack_before_commit ? Program::registry : Program::terminal};
            storm = 4'000ms;
            punches = 300; // longer than the storm
        }
    }
};

class Schedule {
public:
    Schedule(const Programs &programs, const RegistryTemplate &registry, const ScheduleOptions &options)
        : options_(options), plan_(Dice(options.seed, 0), options.control), site_(programs, registry, site_options()),
          exchanges_(io_, {site_.registry_directory(), site_.sync_directory()}, Dice(options.seed, 1)),
          network_(io_, exchanges_.port()) {
        site_.set_sync_goes_to(network_.port());
        if (options.control == Control::ack_before_commit) {
            exchanges_.acknowledge_early();
        }
    }

    ScheduleResult run() {
        std::exception_ptr failed;
        asio::co_spawn(io_, live(), [&](const std::exception_ptr &error) {
            failed = error;
            io_.stop();
        });
        io_.run();
        if (failed) {
            std::rethrow_exception(failed);
        }
        for (const auto &[fault, name] : kExchangeFaults) {
            if (const auto times = exchanges_.tally().find(fault); times != exchanges_.tally().end()) {
                result_.faults[std::string(name)] += times->second;
            }
        }
        result_.verdict = judge(options_.directory);
        return result_;
    }

private:
    Site::Options site_options() const {
        Site::Options options;
        options.directory = options_.directory;
        options.seed = options_.seed;
        options.punches = plan_.punches;
        options.new_ids = options_.control == Control::retry_with_new_id;
        return options;
    }

    asio::awaitable<void> sleep(std::chrono::milliseconds time) {
        asio::steady_timer timer(io_, time);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    void happened(const std::string &fault) { ++result_.faults[fault]; }

    asio::awaitable<void> live() {
        asio::co_spawn(io_, keep_running(), asio::detached);
        while (options_.control != Control::none && !site_.is_claimed()) { // on a slow machine, too
            co_await sleep(kLook);
        }
        exchanges_.set_faults(plan_.exchanges);
        asio::co_spawn(io_, kill_programs(Dice(options_.seed, 2)), asio::detached);
        asio::co_spawn(io_, change_weather(Dice(options_.seed, 3)), asio::detached);
        asio::co_spawn(io_, fill_disks(Dice(options_.seed, 4)), asio::detached);
        co_await sleep(plan_.storm);
        storming_ = false;
        exchanges_.set_faults({});
        network_.set(Weather::clear);
        site_.fill_disk(false);
        co_await sleep(kAtLeastCalm);
        const auto deadline = std::chrono::steady_clock::now() + kAtMostCalm;
        while (!site_.is_settled() && !result_.stuck) {
            result_.stuck = std::chrono::steady_clock::now() > deadline;
            co_await sleep(kLook);
        }
        running_ = false;
        site_.kill_all();
    }

    asio::awaitable<void> keep_running() {
        while (running_) {
            if (site_.look_after()) {
                exchanges_.set_target(*site_.registry_port());
            }
            co_await sleep(kTick);
        }
    }

    asio::awaitable<void> kill_programs(Dice dice) {
        constexpr std::array kNames{"kill_registry", "kill_sync", "kill_terminal"};
        co_await sleep(dice.ms(100, 800));
        while (storming_ && !plan_.kills.empty()) {
            const auto which = plan_.kills[static_cast<std::size_t>(dice.between(0, std::ssize(plan_.kills) - 1))];
            site_.kill(which, options_.control == Control::none ? dice.ms(10, 400) : dice.ms(250, 400));
            happened(kNames[static_cast<std::size_t>(which)]);
            co_await sleep(dice.ms(150, 900));
        }
    }

    asio::awaitable<void> change_weather(Dice dice) {
        while (storming_) {
            co_await sleep(dice.ms(100, 600));
            if (plan_.cuts && dice.chance(40) && storming_) {
                network_.cut();
                happened("cut");
            }
            if (plan_.resets && dice.chance(40) && storming_) {
                network_.reset();
                happened("rst");
            }
            if (!plan_.weathers.empty() && dice.chance(50) && storming_) {
                const auto &[weather, name] =
                    plan_.weathers[static_cast<std::size_t>(dice.between(0, std::ssize(plan_.weathers) - 1))];
                network_.set(weather);
                happened(name);
                co_await sleep(dice.ms(100, dice.chance(15) ? 2'500 : 900)); // the long ones outlast a time-out
                network_.set(Weather::clear);
            }
        }
    }

    asio::awaitable<void> fill_disks(Dice dice) {
        while (storming_ && plan_.full_disk) {
            co_await sleep(dice.ms(200, 900));
            if (storming_) {
                site_.fill_disk(true);
                happened("disk_full");
                co_await sleep(dice.ms(50, 500));
                site_.fill_disk(false);
            }
        }
    }

    ScheduleOptions options_;
    Plan plan_;
    ScheduleResult result_;
    bool storming_ = true, running_ = true;
    asio::io_context io_;
    Site site_;
    ExchangeProxy exchanges_;
    TcpProxy network_;
};

} // namespace

ScheduleResult run_schedule(const Programs &programs, const RegistryTemplate &registry,
                            const ScheduleOptions &options) {
    return Schedule(programs, registry, options).run();
}

} // namespace xueshi::test::sync_faults
