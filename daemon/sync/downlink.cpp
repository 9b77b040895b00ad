#include "daemon/sync/downlink.hpp"

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

constexpr unsigned kNotFound = 404;
constexpr std::size_t kMaxDocumentBytes = 2 * roster::kMaxRosterBytes + 1024; // escaping at most doubles the payload

const Words kNoState{"无法读取同步目录", "the sync directory cannot be read", "동기화 폴더를 읽을 수 없습니다"};
const Words kNoRoom{"登记平台尚未给本机安排教室", "the registry has not placed this device in a room yet",
                    "등록 시스템이 아직 이 단말기에 교실을 정하지 않았습니다"};
const Words kBadRoster{"收到的名册未通过核对，继续使用原名册",
                       "the new roster did not pass the check; the old one stays",
                       "받은 명단이 확인을 통과하지 못하여 이전 명단을 계속 사용합니다"};

} // namespace

asio::awaitable<Outcome<bool>> Downlink::step() {
    const auto tag = etag();
    if (!tag) {
        co_return hindered(tag.error(), kNoState);
    }
    const auto answer = co_await upstream_.fetch_roster(*tag);
    if (!answer) {
        co_return answer.error().status == kNotFound ? refused(answer.error(), kNoRoom) : refused(answer.error());
    }
    if (answer->document.empty()) {
        co_return false;
    }
    if (const auto replaced = replace(*answer); !replaced) {
        log::error("roster_refused", {log::Field(replaced.error())});
        co_return mistrusted(replaced.error(), kBadRoster);
    }
    co_return true;
}

/// A roster that the disk damaged would otherwise stay: its tag still holds at the registry.
Expected<std::string> Downlink::etag() {
    if (!holds_) {
        const auto present = read_file(state_.roster_file(), kMaxDocumentBytes);
        const auto roster = present ? open(*present) : tl::unexpected(present.error());
        if (!roster && roster.error().code != ErrorCode::not_found) {
            log::warning("roster_does_not_hold", {log::Field(roster.error())});
        }
        holds_ = roster.has_value();
    }
    return holds_ ? state_.roster_etag() : Expected<std::string>(std::string());
}

Expected<void> Downlink::take_carried(const std::string &document) {
    const auto carried = open(document);
    if (!carried) {
        return tl::unexpected<Error>(carried.error());
    }
    const auto present = read_file(state_.roster_file(), kMaxDocumentBytes);
    if (!present && present.error().code != ErrorCode::not_found) {
        return tl::unexpected<Error>(present.error());
    }
    const auto held = present ? open(*present) : Expected<roster::Roster>(fail(ErrorCode::not_found, "no roster"));
    if (held && held->as_of_ms >= carried->as_of_ms) {
        return {};
    }
    return replace({document, ""}); // without a tag: the next one over the network comes whole
}

/// Verified, and ours.
Expected<roster::Roster> Downlink::open(const std::string &text) const {
    const auto document = identity::read_document(text, kMaxDocumentBytes);
    if (!document) {
        return fail(document, "the new roster");
    }
    auto roster = roster::open_roster(registry_key_, *document);
    if (!roster) {
        return fail(roster, "the new roster");
    }
    if (!state_.claim() || roster->device != state_.claim()->device) {
        return fail(ErrorCode::denied, "the new roster is for another device");
    }
    return roster;
}

Expected<void> Downlink::replace(const upstream::Upstream::RosterAnswer &answer) {
    const auto roster = open(answer.document);
    if (!roster) {
        return tl::unexpected<Error>(roster.error());
    }
    if (const auto noted = state_.note_confidential(*roster); !noted) {
        return tl::unexpected<Error>(noted.error());
    }
    if (const auto saved = state_.save_roster(answer.document, answer.etag); !saved) {
        return tl::unexpected<Error>(saved.error());
    }
    holds_ = true;
    log::info("roster_replaced", {{"classes", roster->classes.size()}, {"as_of_ms", roster->as_of_ms}});
    return {};
}

} // namespace xueshi::sync
