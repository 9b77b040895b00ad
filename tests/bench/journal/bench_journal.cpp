// The journal beside raw SQLite with the same pragmas, insert, hash and signature, in the same run.
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/bench/journal/raw_journal.hpp"
#include "tests/bench/journal/traffic.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace xueshi;
using Time = std::chrono::steady_clock;

constexpr std::int64_t kFull = 200'000; ///< events of the best commercial terminal
std::int64_t g_full = kFull;            // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): --events

void must(const Expected<void> &done) {
    if (!done) {
        throw std::runtime_error(done.error().message);
    }
}

double us_since(Time::time_point start) {
    return std::chrono::duration<double, std::micro>(Time::now() - start).count();
}

record::EventDraft punch(const test::FakeClock &clock, std::int64_t number) {
    record::Punch punch;
    punch.person = PersonId("5e2c1b1e-7a54-4c1e-9f7e-0f4bb3f3a1d0");
    punch.room = RoomId("r-101");
    punch.training_class = ClassId("c-2026-0001");
    punch.lesson = LessonId("l-" + std::to_string(number % 100));
    punch.direction = record::Direction::check_in;
    punch.score_millionths = 712'345;
    punch.liveness_millionths = 950'000;
    punch.frames = 5;
    punch.clip = MediaId("0198f3d2-3b1c-7c44-8f0a-6c1de1f2a3b4");
    punch.model = "dlib-resnet+fr-feature";
    record::EventDraft draft;
    draft.at = clock.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = record::EventKind::punch;
    draft.source = {record::SourceKind::physical, "v4l2"};
    draft.data = record::to_json(punch);
    return draft;
}

/// A body as the journal would make it.
std::string body_text() {
    const test::FakeClock clock;
    const auto draft = punch(clock, 7);
    record::EventBody body;
    body.seq = 100'000;
    body.id = draft.id;
    body.kind = "punch";
    body.device = DeviceId("d-cd3389650c5dbd8171ad");
    body.chain = ChainId("030fd7aa-b6b7-4e69-842b-478146be4b12");
    body.source = draft.source;
    body.key_level = "file";
    body.at = draft.at;
    body.data = draft.data;
    return record::write_body(body).value();
}

/// Percentiles of single appends, and what one costs the disk.
struct Appends {
    std::vector<double> us;
    bench::Traffic before = bench::traffic();

    void report(benchmark::State &state) {
        std::ranges::sort(us);
        const auto at = [&](double share) {
            return us[std::min(us.size() - 1, static_cast<std::size_t>(share * static_cast<double>(us.size())))];
        };
        const auto now = bench::traffic();
        const auto count = static_cast<double>(us.size());
        state.SetItemsProcessed(static_cast<std::int64_t>(us.size()));
        state.counters["p50_us"] = at(0.5);
        state.counters["p99_us"] = at(0.99);
        state.counters["p999_us"] = at(0.999);
        state.counters["bytes"] = static_cast<double>(now.bytes - before.bytes) / count;
        state.counters["syscalls"] = static_cast<double>(now.calls - before.calls) / count;
    }
};

constexpr std::int64_t kCheckpointEvery = 1'000; // as a terminal that is idle now and then

void append_journal(benchmark::State &state) {
    const test::TemporaryDirectory directory;
    test::FakeClock clock;
    const auto signer = identity::open_or_create_signer(directory / "signing.key").value();
    const auto writer = journal::JournalWriter::open(directory / "journal.db", *signer).value();
    Appends appends;
    std::int64_t number = 0;
    for (auto _ : state) {
        const auto draft = punch(clock, ++number);
        const auto start = Time::now();
        writer->append(draft).value();
        appends.us.push_back(us_since(start));
        state.SetIterationTime(appends.us.back() / 1e6);
        if (number % kCheckpointEvery == 0) {
            (void)writer->checkpoint();
        }
    }
    appends.report(state);
}

void append_raw(benchmark::State &state) {
    const test::TemporaryDirectory directory;
    bench::RawJournal raw(directory / "raw.db");
    const std::string body = body_text();
    Appends appends;
    std::int64_t number = 0;
    for (auto _ : state) {
        const auto start = Time::now();
        raw.append(body);
        appends.us.push_back(us_since(start));
        state.SetIterationTime(appends.us.back() / 1e6);
        if (++number % kCheckpointEvery == 0) {
            raw.checkpoint();
        }
    }
    appends.report(state);
}

/// One journal of g_full events for all that only read it; rows are written without syncs.
class Full {
public:
    Full() {
        signer = identity::open_or_create_signer(directory / "signing.key").value();
        auto first = journal::JournalWriter::open(path(), *signer).value();
        first->append(punch(clock, 0)).value();
        const auto description = first->description();
        const auto head = first->head().value();
        first.reset();
        fill(description, head);
    }
    std::filesystem::path path() const { return directory / "journal.db"; }

    test::TemporaryDirectory directory;
    test::FakeClock clock;
    std::unique_ptr<identity::Signer> signer;

private:
    void fill(const journal::Description &description, journal::Head head) {
        auto database = sqlite::Database::open(path(), sqlite::Mode::read_write_create).value();
        must(database.execute("PRAGMA synchronous = OFF; BEGIN"));
        auto insert =
            sqlite::Statement::prepare(database, "INSERT INTO event VALUES(?, ?, 'punch', ?, ?, ?, ?)").value();
        while (head.seq < g_full) {
            const auto draft = punch(clock, head.seq);
            clock.advance(1'000);
            record::EventBody body{head.seq + 1, draft.id, "punch",  description.device, description.chain, 1,
                                   draft.source, "file",   draft.at, draft.data};
            const std::string text = record::write_body(body).value();
            const Bytes message = identity::signed_message(head.hash, text);
            const Sha256 hash = sha256(message);
            insert.bind(1, body.seq).bind(2, ByteView(body.id.bytes())).bind(3, text).bind(4, ByteView(head.hash));
            must(insert.bind(5, ByteView(hash)).bind(6, ByteView(signer->sign(message).value())).run());
            head = {body.seq, hash};
        }
        must(database.execute("COMMIT"));
        auto checkpoint = sqlite::Statement::prepare(database, "PRAGMA wal_checkpoint(TRUNCATE)").value();
        checkpoint.step().value();
    }
};
Full &full() {
    static Full one;
    return one;
}

void verify(benchmark::State &state, const std::filesystem::path &path) {
    for (auto _ : state) {
        const auto verification = journal::verify_journal(path);
        if (!verification || verification->first_bad) {
            state.SkipWithError("the journal does not hold");
        }
    }
    state.SetItemsProcessed(state.iterations() * g_full);
}

void verify_journal(benchmark::State &state) {
    verify(state, full().path());
}

/// The calling thread, and those it starts from now on, on one processor; on all as before at the end.
class OneProcessor {
public:
    OneProcessor() {
        sched_getaffinity(0, sizeof all_, &all_);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
        sched_setaffinity(0, sizeof one, &one);
    }
    ~OneProcessor() { sched_setaffinity(0, sizeof all_, &all_); }
    OneProcessor(const OneProcessor &) = delete;
    OneProcessor &operator=(const OneProcessor &) = delete;

private:
    cpu_set_t all_{};
};

void verify_one_processor(benchmark::State &state) {
    const auto path = full().path();
    const OneProcessor held;
    verify(state, path);
}

void verify_raw(benchmark::State &state) {
    const test::TemporaryDirectory directory;
    bench::RawJournal raw(directory / "raw.db");
    const std::string body = body_text();
    constexpr std::int64_t kRows = 2'000;
    for (std::int64_t i = 0; i < kRows; ++i) {
        raw.append(body);
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(raw.verify());
    }
    state.SetItemsProcessed(state.iterations() * kRows);
}

void read_body(benchmark::State &state) {
    const std::string body = body_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(record::read_body(std::string_view(body)));
    }
}

void reopen(benchmark::State &state) {
    const auto path = full().path();
    std::int64_t rss = 0;
    for (auto _ : state) {
        const auto base = bench::resident_bytes();
        const auto writer = journal::JournalWriter::open(path, *full().signer);
        rss = std::max(rss, bench::resident_bytes() - base);
        if (!writer) {
            state.SkipWithError("cannot open");
        }
    }
    state.counters["rss_bytes"] = static_cast<double>(rss);
}

/// What the terminal's start reads: each body once, nothing of signatures.
void read_whole(benchmark::State &state) {
    auto reader = journal::JournalReader::open(full().path()).value();
    for (auto _ : state) {
        std::int64_t seen = 0;
        must(reader.visit(0, [&seen](const record::StoredEvent &, const record::EventBody &) {
            ++seen;
            return Expected<void>();
        }));
        if (seen != g_full) {
            state.SkipWithError("not every event was read");
        }
    }
    state.SetItemsProcessed(state.iterations() * g_full);
}

/// What the writer holds in memory after many appends between two checkpoints, above the process without it.
void writer_memory(benchmark::State &state) {
    const test::TemporaryDirectory directory;
    test::FakeClock clock;
    const auto signer = identity::open_or_create_signer(directory / "signing.key").value();
    std::int64_t rss = 0;
    for (auto _ : state) {
        const auto base = bench::resident_bytes();
        const auto writer = journal::JournalWriter::open(directory / "journal.db", *signer).value();
        for (std::int64_t i = 0; i < 2'000; ++i) {
            writer->append(punch(clock, i)).value();
        }
        rss = std::max(rss, bench::resident_bytes() - base);
    }
    state.counters["rss_bytes"] = static_cast<double>(rss);
}

/// Keeps what the summary and the JSON need.
class Keeper final : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run> &runs) override {
        for (const Run &run : runs) {
            if (run.run_type == Run::RT_Aggregate && run.aggregate_name != "median") {
                continue;
            }
            json::Object one; // of repetitions their median, which comes after them
            one["ms"] = run.GetAdjustedRealTime() / (run.time_unit == benchmark::kMillisecond ? 1.0 : 1'000.0);
            for (const auto &[name, counter] : run.counters) {
                one[name] = counter.value;
            }
            all[run.run_name.function_name] = std::move(one);
        }
        ConsoleReporter::ReportRuns(runs);
    }
    double of(std::string_view name, std::string_view counter) const {
        const json::Value *one = all.if_contains(name);
        const json::Value *value = one != nullptr ? one->get_object().if_contains(counter) : nullptr;
        return value != nullptr && value->is_double() ? value->get_double() : 0;
    }

    json::Object all;
};

void declare() {
    for (auto *append : {benchmark::RegisterBenchmark("append_journal", append_journal),
                         benchmark::RegisterBenchmark("append_raw", append_raw)}) {
        append->UseManualTime()->Iterations(2'000)->Repetitions(7)->ReportAggregatesOnly();
    }
    for (auto *verify : {benchmark::RegisterBenchmark("verify_journal", verify_journal),
                         benchmark::RegisterBenchmark("verify_one_processor", verify_one_processor)}) {
        // By several threads: only the clock counts them.
        verify->Unit(benchmark::kMillisecond)->Iterations(1)->MeasureProcessCPUTime()->UseRealTime();
    }
    benchmark::RegisterBenchmark("verify_raw", verify_raw)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("read_body", read_body)->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark("reopen", reopen)->Unit(benchmark::kMillisecond)->Iterations(20);
    benchmark::RegisterBenchmark("read_whole", read_whole)->Unit(benchmark::kMillisecond)->Iterations(3);
    benchmark::RegisterBenchmark("writer_memory", writer_memory)->Unit(benchmark::kMillisecond)->Iterations(1);
}

} // namespace

int main(int argc, char **argv) {
    std::string file;
    // A disk has better and worse minutes: both ways to append take turns, or one of them would have them all.
    std::string take_turns = "--benchmark_enable_random_interleaving=true";
    std::vector<char *> rest{argv[0], take_turns.data()};
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--help") {
            fmt::print("bench_journal [--json FILE] [--events {}] [--benchmark_filter=...]\n"
                       "The journal beside raw SQLite with the same pragmas, insert, hash and signature.\n",
                       kFull);
            return 0;
        }
        if ((word == "--json" || word == "--events") && i + 1 < argc) {
            (word == "--json" ? void(file = argv[i + 1]) : void(g_full = std::stoll(argv[i + 1])));
            ++i;
            continue;
        }
        rest.push_back(argv[i]);
    }
    xueshi::log::start("bench_journal", "error");
    bench::count_traffic();
    int count = static_cast<int>(rest.size());
    benchmark::Initialize(&count, rest.data());
    declare();
    Keeper keeper;
    benchmark::RunSpecifiedBenchmarks(&keeper);
    const double raw = keeper.of("append_raw", "items_per_second");
    keeper.all["append_ratio"] = raw > 0 ? keeper.of("append_journal", "items_per_second") / raw : 0;
    keeper.all["events"] = g_full;
    if (!file.empty()) {
        std::ofstream(file) << json::serialize(keeper.all) << '\n';
    }
    fmt::print("bench_journal: append {:.0f}/s ({:.2f}x raw, p99.9 {:.0f} us, {:.0f} bytes, {:.1f} calls), verify "
               "{:.0f}/s ({:.0f} on one processor), reopen {} events {:.1f} ms, read them all {:.0f} ms, "
               "writer {:.1f} MiB above base\n",
               keeper.of("append_journal", "items_per_second"), keeper.all["append_ratio"].get_double(),
               keeper.of("append_journal", "p999_us"), keeper.of("append_journal", "bytes"),
               keeper.of("append_journal", "syscalls"), keeper.of("verify_journal", "items_per_second"),
               keeper.of("verify_one_processor", "items_per_second"), g_full, keeper.of("reopen", "ms"),
               keeper.of("read_whole", "ms"), keeper.of("writer_memory", "rss_bytes") / 1'048'576);
    return 0;
}
