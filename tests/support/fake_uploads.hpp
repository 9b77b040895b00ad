#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/upstream/upstream.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::test {

/// A registry's clips in memory, as far as a client sees them; fails when it is told to.
class FakeUploads {
public:
    struct Upload {
        wire::ClipAnnouncement clip;
        std::string bytes;
    };
    std::map<std::string, Upload> uploads;
    std::vector<std::string> whole;    ///< bytes of what is complete, in order
    std::deque<unsigned> refusals;     ///< statuses given, one a request, before anything is done; 0: no answer
    bool lose_answers = false;         ///< takes a chunk, and the answer never arrives
    bool own_file_fails = false;       ///< what is to be sent cannot be read
    bool confirm_other = false;        ///< confirms another digest than it was sent
    std::vector<std::string> requests; ///< "POST", "HEAD a 5", "PATCH a 0 5"
    std::int64_t bytes_received = 0;

    using Answer = upstream::Answer<upstream::Upstream::UploadPosition>;

    Answer create(const wire::ClipAnnouncement &clip) {
        requests.push_back("POST");
        if (const auto refusal = next_refusal()) {
            return tl::unexpected<upstream::Refusal>(*refusal);
        }
        const std::string name(1, static_cast<char>('a' + made_++));
        uploads[name] = {clip, {}};
        return answer(name);
    }
    Answer position(const std::string &name) {
        requests.push_back("HEAD " + name);
        if (const auto refusal = next_refusal()) {
            return tl::unexpected<upstream::Refusal>(*refusal);
        }
        if (!uploads.contains(name)) {
            return tl::unexpected<upstream::Refusal>(refusal_of(404));
        }
        return answer(name);
    }
    Answer send(const std::string &name, const upstream::Upstream::Piece &piece) {
        const auto offset = piece.offset;
        std::string bytes(static_cast<std::size_t>(piece.bytes), '\0');
        const auto read =
            read_at(piece.file->get(), {reinterpret_cast<std::uint8_t *>(bytes.data()), bytes.size()}, offset);
        if (own_file_fails || read != bytes.size()) {
            auto failed = refusal_of(0);
            failed.own_file = true;
            return tl::unexpected<upstream::Refusal>(failed);
        }
        requests.push_back("PATCH " + name + " " + std::to_string(offset) + " " + std::to_string(bytes.size()));
        bytes_received += static_cast<std::int64_t>(bytes.size());
        if (const auto refusal = next_refusal()) {
            return tl::unexpected<upstream::Refusal>(*refusal);
        }
        const auto found = uploads.find(name);
        if (found == uploads.end() || static_cast<std::int64_t>(found->second.bytes.size()) != offset) {
            return tl::unexpected<upstream::Refusal>(refusal_of(found == uploads.end() ? 410 : 409));
        }
        Upload &upload = found->second;
        upload.bytes += bytes;
        if (static_cast<std::int64_t>(upload.bytes.size()) == upload.clip.bytes) {
            whole.push_back(upload.bytes);
        }
        if (lose_answers) {
            auto lost = refusal_of(0);
            lost.error.code = ErrorCode::unavailable;
            return tl::unexpected<upstream::Refusal>(lost);
        }
        return answer(name);
    }

private:
    Answer answer(const std::string &name) const {
        const Upload &upload = uploads.at(name);
        upstream::Upstream::UploadPosition position;
        position.upload = name;
        position.offset = static_cast<std::int64_t>(upload.bytes.size());
        if (position.offset == upload.clip.bytes) {
            position.confirmed = sha256(as_bytes(confirm_other ? "other" : upload.bytes));
        }
        return position;
    }
    static upstream::Refusal refusal_of(unsigned status) {
        upstream::Refusal out;
        out.status = status;
        out.error = Error{status == 0 ? ErrorCode::timeout : ErrorCode::conflict, "told to refuse"};
        return out;
    }
    std::optional<upstream::Refusal> next_refusal() {
        if (refusals.empty()) {
            return std::nullopt;
        }
        const unsigned status = refusals.front();
        refusals.pop_front();
        return refusal_of(status);
    }

    int made_ = 0;
};

} // namespace xueshi::test
