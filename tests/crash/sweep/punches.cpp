#include "tests/crash/sweep/punches.hpp"

#include <cstdio>
#include <functional>
#include <memory>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/gallery/gallery.hpp"

namespace xueshi::test::faults {
namespace {

constexpr int kTries = 3;
constexpr std::int64_t kWallMs = 1'788'200'000'000;
const PersonId kPerson("person-1");

bool is_clip(int punch) {
    return punch % 12 == 5;
}
std::string clip_name(const record::EventDraft &draft) {
    return draft.id.str() + ".mp4";
}
std::string clip_content(const record::EventDraft &draft) {
    return std::string(20'000, 'c') + draft.id.str();
}

template <typename T>
Expected<T> try_again(const std::function<Expected<T>()> &what) {
    auto result = what();
    for (int tries = 1; !result && tries < kTries; ++tries) {
        result = what();
    }
    return result;
}

struct Terminal {
    std::unique_ptr<identity::Signer> signer;
    identity::SealingKey sealing_key{};
    std::unique_ptr<journal::JournalWriter> journal;
    std::unique_ptr<gallery::Gallery> gallery;
};

Expected<Terminal> open_terminal(const std::filesystem::path &directory) {
    Terminal terminal;
    if (auto made = make_directory(directory / "media"); !made) {
        return tl::unexpected<Error>(made.error());
    }
    auto signer = identity::open_or_create_signer(directory / "signing.key");
    if (!signer) {
        return tl::unexpected<Error>(signer.error());
    }
    terminal.signer = std::move(*signer);
    const auto sealing_key = identity::open_or_create_sealing_key(directory / "sealing.key");
    if (!sealing_key) {
        return tl::unexpected<Error>(sealing_key.error());
    }
    terminal.sealing_key = *sealing_key;
    auto journal = journal::JournalWriter::open(directory / "journal.db", *terminal.signer);
    if (!journal) {
        return tl::unexpected<Error>(journal.error());
    }
    terminal.journal = std::move(*journal);
    auto gallery =
        gallery::Gallery::open(directory / "gallery.db", *sealing_key, terminal.journal->description().device);
    if (!gallery) {
        return tl::unexpected<Error>(gallery.error());
    }
    terminal.gallery = std::move(*gallery);
    return terminal;
}

Expected<void> enrol(gallery::Gallery &gallery, int samples) {
    std::vector<gallery::StoredTemplate> templates(static_cast<std::size_t>(samples));
    for (auto &each : templates) {
        each.model = "model-1";
        each.bytes = Bytes(512, static_cast<std::uint8_t>(samples));
    }
    return gallery.replace(kPerson, "face", "", templates);
}

void append(Terminal &terminal, const record::EventDraft &draft, Report &report, int number) {
    report.tried[number] = true;
    const auto seq = try_again<record::Sequence>([&] { return terminal.journal->append(draft); });
    if (seq) {
        report.seq[number] = *seq;
    }
}

void replace_roster(const std::filesystem::path &directory, Report &report) {
    const int version = ++report.roster_begun;
    if (try_again<void>([&] { return write_file_durably(directory / "roster.json", roster_text(version)); })) {
        report.roster = version;
    }
}

void change_enrolment(Terminal &terminal, Report &report) {
    const int samples = ++report.enrolled_begun;
    if (try_again<void>([&] { return enrol(*terminal.gallery, samples); })) {
        report.enrolled = samples;
    }
}

Verdict say(Report &report, Verdict verdict, const std::string &text) {
    std::snprintf(report.text, sizeof report.text, "%s", text.c_str());
    return verdict;
}

bool is_between(int value, int acked, int begun) {
    return value >= acked && value <= begun;
}

Verdict judge_events(const std::filesystem::path &directory, const std::vector<record::EventDraft> &drafts,
                     Report &report) {
    auto reader = journal::JournalReader::open(directory / "journal.db");
    if (!reader) {
        return say(report, Verdict::corrupt, reader.error().message);
    }
    for (int i = 0; i < kPunches; ++i) {
        const record::EventDraft &draft = drafts[static_cast<std::size_t>(i)];
        const auto event = reader->find(draft.id);
        if (!event) {
            return say(report, Verdict::corrupt, event.error().message);
        }
        if (!*event) {
            if (report.seq[i] != 0) {
                return say(report, Verdict::false_success, fmt::format("punch {} was acknowledged and is lost", i));
            }
            continue;
        }
        const auto body = record::read_body(**event);
        if (!body || body->data != draft.data || (report.seq[i] != 0 && report.seq[i] != (*event)->seq)) {
            return say(report, Verdict::false_success, fmt::format("punch {} is not what was written", i));
        }
        if (is_clip(i)) {
            const auto clip = read_file(directory / "media" / clip_name(draft), 1 << 20);
            if (!clip || *clip != clip_content(draft)) {
                return say(report, Verdict::false_success, fmt::format("clip {} is not there whole", i));
            }
        }
    }
    return Verdict::good;
}

Verdict judge_files(const std::filesystem::path &directory, Terminal &terminal, Report &report) {
    const auto roster = read_file(directory / "roster.json", 1 << 20);
    int version = report.roster;
    while (version <= report.roster_begun && (roster ? *roster : "") != roster_text(version)) {
        ++version;
    }
    if (version > report.roster_begun) {
        return say(report, Verdict::false_success, "roster.json is neither old nor new");
    }
    const auto templates = terminal.gallery->load("face", "model-1");
    if (!templates) {
        return say(report, Verdict::corrupt, templates.error().message);
    }
    if (!is_between(static_cast<int>(templates->size()), report.enrolled, report.enrolled_begun)) {
        return say(report, Verdict::false_success,
                   fmt::format("{} samples are enrolled where {} to {} may be", templates->size(), report.enrolled,
                               report.enrolled_begun));
    }
    return Verdict::good;
}

/// Whoever got no answer tries again: what is there already keeps its place.
Verdict retry(const std::filesystem::path &directory, Terminal &terminal, const std::vector<record::EventDraft> &drafts,
              Report &report, int &found) {
    auto reader = journal::JournalReader::open(directory / "journal.db");
    for (int i = 0; reader && i < kPunches; ++i) {
        const record::EventDraft &draft = drafts[static_cast<std::size_t>(i)];
        if (report.seq[i] != 0 || !report.tried[i] || is_clip(i)) {
            continue;
        }
        const auto before = reader->find(draft.id);
        const auto seq = terminal.journal->append(draft);
        if (!before || !seq || (*before && (*before)->seq != *seq)) {
            return say(report, Verdict::corrupt, fmt::format("punch {} tried again got no place or another", i));
        }
        found += *before ? 1 : 0;
    }
    return Verdict::good;
}

} // namespace

std::vector<record::EventDraft> make_drafts() {
    std::vector<record::EventDraft> drafts;
    for (int i = 0; i < kPunches; ++i) {
        record::EventDraft draft;
        draft.id = Uuid::v7(kWallMs + i);
        draft.kind = is_clip(i) ? record::EventKind::clip_saved : record::EventKind::punch;
        draft.source = {record::SourceKind::virtual_device, "fault test"};
        draft.at = {kWallMs + i, "11111111-2222-4333-8444-555555555555", i, ClockQuality::synchronised};
        draft.data["number"] = i;
        drafts.push_back(std::move(draft));
    }
    return drafts;
}

std::string roster_text(int version) {
    return version == 0 ? "" : fmt::format("{{\"version\":{}}}{}", version, std::string(5'000, ' '));
}

void run_script(const std::filesystem::path &directory, const std::vector<record::EventDraft> &drafts, Report &report) {
    auto terminal = try_again<Terminal>([&] { return open_terminal(directory); });
    if (!terminal) {
        return;
    }
    for (int i = 0; i < kPunches; ++i) {
        const record::EventDraft &draft = drafts[static_cast<std::size_t>(i)];
        if (!is_clip(i) || try_again<void>([&] {
                return write_file_durably(directory / "media" / clip_name(draft), clip_content(draft));
            })) {
            append(*terminal, draft, report, i);
        }
        if (i % 10 == 9) {
            (void)terminal->journal->checkpoint(); // what it does not move stays in the log
        }
        if (i % 15 == 7) {
            replace_roster(directory, report);
        }
        if (i % 20 == 3) {
            change_enrolment(*terminal, report);
        }
    }
    report.finished = true;
}

Verdict judge(const std::filesystem::path &directory, const std::vector<record::EventDraft> &drafts, Report &report,
              int &found) {
    auto terminal = open_terminal(directory);
    if (!terminal) {
        return say(report, Verdict::corrupt, terminal.error().message);
    }
    if (const auto verdict = judge_events(directory, drafts, report); verdict != Verdict::good) {
        return verdict;
    }
    if (const auto verdict = judge_files(directory, *terminal, report); verdict != Verdict::good) {
        return verdict;
    }
    if (const auto verdict = retry(directory, *terminal, drafts, report, found); verdict != Verdict::good) {
        return verdict;
    }
    const auto verified = journal::verify_journal(directory / "journal.db");
    if (!verified || verified->first_bad) {
        return say(report, Verdict::corrupt, (verified ? verified->first_bad->error : verified.error()).message);
    }
    return Verdict::good;
}

} // namespace xueshi::test::faults
