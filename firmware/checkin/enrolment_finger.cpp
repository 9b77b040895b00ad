#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"
#include "firmware/checkin/fingers.hpp"
#include "firmware/checkin/guidance.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kImpressions = 5; // as many as libfprint's image devices ask for
constexpr int kMaxTries = 25;
constexpr std::int64_t kSilenceMs = 60'000;
constexpr milliseconds kLookAgain(500);

json::Object progress_line(std::size_t stage, Guidance guidance) {
    const auto words = text(guidance);
    return json::Object{{"stage", stage},
                        {"of", kImpressions},
                        {"guidance", to_string(guidance)},
                        {"text_zh", words.zh},
                        {"text_en", words.en}};
}

/// Does this impression belong with those before it?
bool same_finger(const fingerprint::Matcher &matcher, const std::vector<fingerprint::Impression> &before,
                 const fingerprint::Template &probe) {
    if (before.empty()) {
        return true;
    }
    const auto enrolled = matcher.prepare(before);
    return enrolled && matcher.compare(**enrolled, probe) >= matcher.threshold();
}

} // namespace

boost::asio::awaitable<Expected<std::vector<fingerprint::Impression>>> Enrolment::collect_impressions(Watcher watcher) {
    std::vector<fingerprint::Impression> accepted;
    auto last = parts_.clock.now().boot_ms;
    int tries = 0;
    wants_fingers_ = true;
    watcher.progress(progress_line(0, Guidance::finger_please));
    while (accepted.size() < kImpressions) {
        if (tries >= kMaxTries || parts_.clock.now().boot_ms - last > kSilenceMs || !watcher.still_there()) {
            co_return fail(ErrorCode::timeout, "not enough good impressions of one finger; nothing was kept");
        }
        if (impressions_.empty() && retries_.empty()) {
            co_await wakeup_.wait(kLookAgain);
            continue;
        }
        last = parts_.clock.now().boot_ms;
        ++tries;
        if (!retries_.empty()) {
            watcher.progress(progress_line(accepted.size(), guidance_for(retries_.front())));
            retries_.pop_front();
            continue;
        }
        auto impression = std::move(impressions_.front());
        impressions_.pop_front();
        const auto probe = parts_.matcher->prepare({impression});
        if (!probe) {
            watcher.progress(progress_line(accepted.size(), Guidance::centre_the_finger));
        } else if (!same_finger(*parts_.matcher, accepted, **probe)) {
            watcher.progress(progress_line(accepted.size(), Guidance::same_finger_again));
        } else {
            accepted.push_back(std::move(impression));
            watcher.progress(progress_line(accepted.size(), Guidance::lift_and_retry));
        }
    }
    co_return accepted;
}

Enrolment::Answer Enrolment::finger(EnrolmentOrder order, std::string finger, Watcher watcher) {
    if (std::find(kFingers.begin(), kFingers.end(), finger) == kFingers.end()) {
        co_return fail(ErrorCode::invalid_argument, fmt::format("a finger is one of {}", fmt::join(kFingers, ", ")));
    }
    if (parts_.matcher == nullptr || !reader_) {
        co_return fail(ErrorCode::unavailable, "this terminal has no fingerprint reader now");
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    const auto person = begin(order, "finger");
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    const auto impressions = co_await collect_impressions(watcher);
    if (!impressions) {
        co_return tl::unexpected(impressions.error());
    }
    co_return keep_finger(*person, *impressions, finger, order);
}

Expected<EnrolmentOutcome> Enrolment::keep_finger(const PersonId &person,
                                                  const std::vector<fingerprint::Impression> &impressions,
                                                  const std::string &finger, const EnrolmentOrder &order) {
    const auto &matcher = *parts_.matcher;
    Match nearest;
    for (const auto &impression : impressions) {
        const auto probe = matcher.prepare({impression});
        if (!probe) {
            return tl::unexpected(probe.error());
        }
        const auto match = parts_.candidates.most_similar_finger(**probe, matcher, person);
        nearest = match.score > nearest.score ? match : nearest;
    }
    const auto threshold = static_cast<float>(matcher.threshold());
    if (auto single = refuse_duplicate(nearest, threshold, person, "finger", order); !single) {
        return tl::unexpected(single.error());
    }
    if (auto still = begin(order, "finger"); !still) {
        return tl::unexpected(still.error());
    }
    const auto count = static_cast<std::int64_t>(impressions.size());
    auto data = record::to_json(
        record::Enrolment{person, "finger", "reader", count, finger, matcher.name(), order.operator_name});
    if (auto journaled = journal(record::EventKind::enrolment, reader_.value_or(record::Source{}), std::move(data));
        !journaled) {
        return tl::unexpected(journaled.error());
    }
    const gallery::StoredTemplate stored{0,      person,         "finger",
                                         finger, matcher.name(), fingerprint::write_impressions(impressions)};
    if (auto kept = parts_.gallery.replace(person, "finger", finger, {stored}); !kept) {
        return fail(kept, "keep the templates");
    }
    if (auto loaded = load_candidates(); !loaded) {
        return tl::unexpected(loaded.error());
    }
    log::info("enrolled", {{"person", person}, {"factor", "finger"}, {"samples", count}});
    return EnrolmentOutcome{person, count, {}};
}

} // namespace xueshi::checkin
