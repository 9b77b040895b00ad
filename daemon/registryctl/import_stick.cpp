#include "daemon/registryctl/import_stick.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include <fmt/format.h>

#include "daemon/wire/messages.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "firmware/core/stick/stick_index.hpp"

namespace xueshi::registryctl {

namespace {

constexpr unsigned kFolderMode = 0755;
constexpr std::string_view kFolderPrefix = "xueshi-stick-";
constexpr std::string_view kSealed = "application/cms";

/// Folders of terminals on the stick, by name: the older first. A link is none (F29).
std::vector<std::filesystem::path> folders_on(const std::filesystem::path &stick) {
    std::error_code error;
    if (std::filesystem::exists(stick / stick::kIndexFile, error)) {
        return {stick};
    }
    std::vector<std::filesystem::path> folders;
    for (const auto &entry : std::filesystem::directory_iterator(stick, error)) {
        if (entry.path().filename().string().starts_with(kFolderPrefix) &&
            std::filesystem::is_directory(entry.symlink_status(error))) {
            folders.push_back(entry.path());
        }
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

/// What one folder came to.
struct Taken {
    std::map<wire::EventOutcome, std::int64_t> events;
    std::int64_t clips = 0, clips_refused = 0;
    std::map<ChainId, identity::SignedDocument> receipts; ///< the newest of each chain
    std::string trouble;                                  ///< lines for people
    bool whole = true;                                    ///< of each of its files the registry took what was in it
};

/// Then nothing more can be taken in; anything else is the trouble of one file or one folder.
bool is_unreachable(const Error &error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

class FolderImport {
public:
    FolderImport(Api &api, std::filesystem::path folder, stick::StickIndex index)
        : api_(api), folder_(std::move(folder)), index_(std::move(index)),
          device_("/v1/devices/" + percent_encode(index_.device.str()) + "/stick/") {}

    /// Error: the registry is unreachable. What was taken has its answer all the same.
    Expected<Taken> run(const std::filesystem::path &answer) {
        const std::string name = stick::answer_folder(index_.device);
        if (!is_plain_name(name)) { // the index is nobody's word
            note(Error{ErrorCode::invalid_argument, "the index names no device"});
            return std::move(taken_);
        }
        auto sent = send_events(index_.events);
        if (sent) {
            sent = send_clips();
        }
        auto answered = write_receipts(answer / name);
        if (sent && answered) {
            answered = fetch_answer(answer / name);
        }
        if (!answered && !is_unreachable(answered.error())) {
            note(answered.error());
            answered = {};
        }
        if (!sent || !answered) {
            return tl::unexpected(!sent ? sent.error() : answered.error());
        }
        return std::move(taken_);
    }

private:
    void note(const std::string &trouble) {
        taken_.trouble += fmt::format("  {}\n", trouble);
        taken_.whole = false;
    }
    void note(const Error &error) { note(error.message); }

    /// A chain whose beginning a later chain must explain first is tried once more behind the others.
    Expected<void> send_events(const std::vector<stick::SealedFile> &files) {
        std::vector<stick::SealedFile> again;
        for (const stick::SealedFile &file : files) {
            const auto tried = send_events_of(file);
            if (!tried && is_unreachable(tried.error())) {
                return fail(tried, file.file);
            }
            if (!tried) { // the files of other chains are whole
                note(tried.error().with_context(file.file));
            } else if (!*tried) {
                again.push_back(file);
            }
            fmt::print(stderr, "\r{}: events {} / {}", folder_.filename().string(), ++done_, files.size());
        }
        if (!again.empty() && again.size() < files.size()) {
            done_ = 0;
            return send_events(again);
        }
        if (!again.empty()) {
            note(fmt::format("{} files of events wait for earlier ones: export with --all", again.size()));
        }
        return {};
    }

    /// False: an earlier event is missing.
    Expected<bool> send_events_of(const stick::SealedFile &file) {
        auto sealed = stick::read_sealed(folder_, file);
        if (!sealed) {
            return tl::unexpected(sealed.error());
        }
        const auto body = api_.upload(device_ + "events", std::move(*sealed), std::string(kSealed));
        const auto answer = body ? wire::read_batch_answer(*body) : tl::unexpected(body.error());
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        const auto waits = [](const wire::EventResult &result) {
            return result.outcome == wire::EventOutcome::not_tried;
        };
        if (const auto kept = keep_receipt(*answer); !kept) { // of what was taken before the gap
            return tl::unexpected(kept.error());
        }
        if (std::any_of(answer->results.begin(), answer->results.end(), waits)) {
            return false;
        }
        for (const wire::EventResult &result : answer->results) {
            ++taken_.events[result.outcome];
        }
        return true;
    }

    Expected<void> keep_receipt(const wire::BatchAnswer &answer) {
        if (!answer.receipt) {
            return {};
        }
        const auto payload = json::parse(answer.receipt->payload);
        const json::Object *object = payload ? payload->if_object() : nullptr;
        const json::Value *chain = object != nullptr ? object->if_contains("chain") : nullptr;
        if (chain == nullptr || !chain->is_string()) {
            return fail(ErrorCode::corrupt, "the registry's receipt does not read");
        }
        taken_.receipts[ChainId(std::string(chain->get_string()))] = *answer.receipt;
        return {};
    }

    /// One that is refused does not keep the others from being taken.
    Expected<void> send_clips() {
        for (const stick::SealedClip &clip : index_.clips) {
            auto sealed = stick::read_sealed(folder_, clip);
            const auto sent =
                sealed ? api_.upload(device_ + "clips/" + clip.event.str(), std::move(*sealed), std::string(kSealed))
                       : tl::unexpected(sealed.error());
            if (!sent && is_unreachable(sent.error())) {
                return tl::unexpected(sent.error());
            }
            if (!sent) {
                ++taken_.clips_refused;
                note(fmt::format("{}: {}", clip.file, sent.error().message));
                continue;
            }
            ++taken_.clips;
            fmt::print(stderr, "\r{}: clips {} / {}", folder_.filename().string(), taken_.clips, index_.clips.size());
        }
        return {};
    }

    Expected<void> write_receipts(const std::filesystem::path &folder) {
        if (const auto made = make_directory(folder, kFolderMode); !made) {
            return made;
        }
        for (const auto &[chain, receipt] : taken_.receipts) {
            const auto written = write_file_durably(folder / stick::receipt_answer(chain),
                                                    identity::write_document(receipt), kFolderMode & 0666u);
            if (!written) {
                return written;
            }
        }
        return {};
    }

    Expected<void> fetch_answer(const std::filesystem::path &folder) {
        if (auto written = write_clip_receipts(folder); !written) {
            return written;
        }
        const auto roster = api_.fetch(device_ + "roster");
        return roster ? write_file_durably(folder / stick::kRosterAnswer, *roster, kFolderMode & 0666u)
                      : tl::unexpected(roster.error());
    }

    Expected<void> write_clip_receipts(const std::filesystem::path &folder) {
        for (std::size_t first = 0; first < index_.clips.size(); first += stick::kMaxClipsInReceipt) {
            json::Array events;
            const auto last = std::min(index_.clips.size(), first + stick::kMaxClipsInReceipt);
            for (std::size_t i = first; i < last; ++i) {
                events.emplace_back(index_.clips[i].event.str());
            }
            json::Object order;
            order["events"] = std::move(events);
            const auto receipt = api_.upload(device_ + "clip-receipt", json::serialize(order), "application/json");
            const auto written = receipt
                                     ? write_file_durably(folder / stick::clip_receipt_answer(index_.made_ms, first),
                                                          *receipt, kFolderMode & 0666u)
                                     : tl::unexpected(receipt.error());
            if (!written) {
                return written;
            }
        }
        return {};
    }

    Api &api_;
    std::filesystem::path folder_;
    stick::StickIndex index_;
    std::string device_; ///< path of the device's stick at the registry
    Taken taken_;
    std::size_t done_ = 0;
};

std::string describe(const std::filesystem::path &folder, Taken &taken) {
    using wire::EventOutcome;
    auto &events = taken.events;
    std::string text = fmt::format("{}: {} events taken, {} were here already; {} clips\n", folder.filename().string(),
                                   events[EventOutcome::stored], events[EventOutcome::duplicate], taken.clips);
    if (const auto bad = events[EventOutcome::conflict] + events[EventOutcome::invalid]; bad > 0) {
        text += fmt::format("  ALARM: {} events did not hold; see xueshi-registryctl devices\n", bad);
    }
    if (taken.clips_refused > 0) {
        text += fmt::format("  ALARM: {} clips were refused\n", taken.clips_refused);
    }
    return text + taken.trouble;
}

/// One folder's trouble does not keep the others from being taken: it is told, and `whole` is false. Error: the
/// registry is unreachable.
Expected<std::string> import_folder(Api &api, const std::filesystem::path &folder, const std::filesystem::path &answer,
                                    bool &whole) {
    auto index = stick::read_index(folder);
    if (!index) {
        whole = whole && index.error().code == ErrorCode::not_found; // unfinished: its export is yet to come
        return index.error().message + "\n";
    }
    auto taken = FolderImport(api, folder, std::move(*index)).run(answer);
    if (!taken) {
        return fail(taken, folder.filename().string());
    }
    whole = whole && taken->whole;
    return describe(folder, *taken);
}

} // namespace

Expected<std::string> import_stick(Api &api, const std::filesystem::path &stick, const std::filesystem::path &answer) {
    std::string printed;
    const auto folders = folders_on(stick);
    if (folders.empty()) {
        return fail(ErrorCode::not_found, stick.string() + ": no folder of a terminal is there (xueshictl export)");
    }
    bool whole = true;
    for (const auto &folder : folders) {
        const auto text = import_folder(api, folder, answer, whole);
        if (!text) {
            return fail(text.error().code, printed + text.error().message);
        }
        printed += *text;
    }
    fmt::print(stderr, "\n");
    printed += fmt::format("Bring it back: xueshictl import {} on the terminal\n", answer.string());
    return whole ? Expected<std::string>(std::move(printed))
                 : fail(ErrorCode::corrupt,
                        printed + "Not everything on the stick was taken, see above: export once more");
}

} // namespace xueshi::registryctl
