#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/stick/outside_file.hpp"
#include "firmware/core/stick/stick_index.hpp"
#include "firmware/xueshictl/stick_export.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::uint64_t kMaxAnswerBytes = 16u << 20;

Expected<void> put(const std::filesystem::path &from, const std::filesystem::path &inbox) {
    const auto content = stick::read_outside_file(from, kMaxAnswerBytes);
    if (!content) {
        return tl::unexpected(content.error());
    }
    const auto to = inbox / from.filename();
    auto written = write_file_durably(to, *content);
    return written ? give_to_owner_of_directory(to) : written;
}

} // namespace

Expected<void> import_answer(const Places &places, const std::filesystem::path &stick) {
    const auto reader = journal::JournalReader::open(places.state / "journal.db");
    if (!reader) {
        return tl::unexpected(reader.error());
    }
    const auto folder = stick / stick::answer_folder(reader->description().device);
    std::error_code error;
    if (!std::filesystem::is_directory(std::filesystem::symlink_status(folder, error))) {
        return fail(ErrorCode::not_found, folder.string() +
                                              ": 没有给本机的答复 no answer for this terminal is there; take "
                                              "the stick to xueshi-registryctl import-stick first");
    }
    const auto inbox = places.sync / "inbox";
    if (!std::filesystem::is_directory(std::filesystem::symlink_status(inbox, error))) {
        return fail(ErrorCode::not_found, inbox.string() + ": start xueshi-syncd once");
    }
    const auto answers = stick::answers_in(folder);
    if (!answers || answers->empty()) {
        return answers ? fail(ErrorCode::not_found, folder.string() + ": empty") : tl::unexpected(answers.error());
    }
    for (const auto &answer : *answers) {
        if (auto done = put(answer, inbox); !done) {
            return done;
        }
    }
    fmt::print("已放入 put into the inbox: {} files; xueshi-syncd verifies them within seconds, see xueshictl status\n",
               answers->size());
    return {};
}

} // namespace xueshi::xueshictl
