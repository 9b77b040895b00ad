#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"
#include "firmware/checkin/finger_progress.hpp"
#include "firmware/checkin/fingers.hpp"
#include "firmware/checkin/guidance.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

namespace {

constexpr std::size_t kImpressions = 5; // as many as libfprint's image devices ask for
constexpr int kMaxTries = 25;

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
    const auto tell = [&](Guidance guidance) {
        watcher.progress(finger_progress(accepted.size(), kImpressions, guidance));
    };
    auto last = parts_.clock.now().boot_ms;
    int tries = 0;
    wants_fingers_ = true;
    tell(Guidance::finger_please);
    while (accepted.size() < kImpressions) {
        if (!has_reader()) {
            tell(Guidance::reader_absent);
            co_return fail(ErrorCode::unavailable, kReaderGone);
        }
        if (tries >= kMaxTries || parts_.clock.now().boot_ms - last > kFingerSilenceMs || !watcher.still_there()) {
            co_return fail(ErrorCode::timeout, kNotEnough);
        }
        if (impressions_.empty() && retries_.empty()) {
            co_await wakeup_.wait(kLookAgain);
            continue;
        }
        last = parts_.clock.now().boot_ms;
        ++tries;
        if (!retries_.empty()) {
            tell(guidance_for(retries_.front()));
            retries_.pop_front();
            continue;
        }
        auto impression = std::move(impressions_.front());
        impressions_.pop_front();
        const auto probe = parts_.matcher->prepare({impression});
        if (!probe) {
            tell(Guidance::centre_the_finger);
        } else if (!same_finger(*parts_.matcher, accepted, **probe)) {
            tell(Guidance::same_finger_again);
        } else {
            accepted.push_back(std::move(impression));
            tell(accepted.size() < kImpressions ? Guidance::lift_and_retry : Guidance::finger_taken);
        }
    }
    co_return accepted;
}

Enrolment::Answer Enrolment::finger(EnrolmentOrder order, std::string finger, Watcher watcher) {
    if (!is_finger(finger)) {
        co_return fail(ErrorCode::invalid_argument, fmt::format("a finger is one of {}", fmt::join(kFingers, ", ")));
    }
    if (!has_reader() || (parts_.matcher == nullptr && parts_.reader_desk->matching() == nullptr)) {
        co_return fail(ErrorCode::unavailable, "this terminal has no fingerprint reader now");
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    auto person = begin(order, "finger");
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    FingerOrder one{std::move(*person), std::move(finger), std::move(order), std::move(watcher)};
    if (auto room = check_fingers(one); !room) {
        co_return tl::unexpected(room.error());
    }
    if (parts_.reader_desk->matching() != nullptr) {
        co_return co_await finger_by_reader(std::move(one));
    }
    co_return co_await finger_by_host(std::move(one));
}

/// Fingers of another reader count: they are the person's too, and the reader may come back.
Expected<void> Enrolment::check_fingers(const FingerOrder &order) {
    const auto fingers = parts_.gallery.list("finger");
    if (!fingers) {
        return tl::unexpected(fingers.error());
    }
    std::set<std::string> others;
    for (const auto &stored : *fingers) {
        if (stored.person == order.person && stored.finger != order.finger) {
            others.insert(stored.finger);
        }
    }
    if (others.size() < kMostFingers) {
        return {};
    }
    return tl::unexpected(refusal(EnrolmentRefusal::too_many_fingers, order.order, order.person,
                                  fmt::format("{}", fmt::join(others, ", ")), &order.watcher));
}

Enrolment::Answer Enrolment::finger_by_host(FingerOrder order) {
    const auto impressions = co_await collect_impressions(order.watcher);
    if (!impressions) {
        co_return tl::unexpected(impressions.error());
    }
    co_return keep_impressions(*impressions, order);
}

/// The same finger under another name, or as another finger of the person.
Expected<void> Enrolment::refuse_like(const std::vector<fingerprint::Impression> &impressions,
                                      const FingerOrder &order) {
    const auto &matcher = *parts_.matcher;
    Match nearest;
    for (const auto &impression : impressions) {
        const auto probe = matcher.prepare({impression});
        if (!probe) {
            return tl::unexpected(probe.error());
        }
        const auto match = parts_.candidates.most_similar_finger(**probe, matcher, order.person);
        nearest = match.score > nearest.score ? match : nearest;
        const auto own = parts_.candidates.own_finger_like(**probe, matcher, order.person, order.finger);
        if (!own.empty()) {
            return tl::unexpected(
                refusal(EnrolmentRefusal::finger_enrolled_already, order.order, order.person, own, &order.watcher));
        }
    }
    return refuse_duplicate(nearest, static_cast<float>(matcher.threshold()), order.person, "finger", order.order);
}

Expected<void> Enrolment::journal_finger(const FingerOrder &order, std::int64_t samples, const std::string &model) {
    if (auto still = begin(order.order, "finger"); !still) {
        return tl::unexpected(still.error());
    }
    auto data = record::to_json(
        record::Enrolment{order.person, "finger", "reader", samples, order.finger, model, order.order.operator_name});
    return journal(record::EventKind::enrolment, parts_.reader_desk->source(), std::move(data));
}

Expected<EnrolmentOutcome> Enrolment::finished(const FingerOrder &order, std::int64_t samples) {
    if (auto loaded = load_candidates(); !loaded) {
        return tl::unexpected(loaded.error());
    }
    log::info("enrolled", {{"person", order.person}, {"factor", "finger"}, {"samples", samples}});
    return EnrolmentOutcome{order.person, samples, {}};
}

Expected<EnrolmentOutcome> Enrolment::keep_impressions(const std::vector<fingerprint::Impression> &impressions,
                                                       const FingerOrder &order) {
    if (auto single = refuse_like(impressions, order); !single) {
        return tl::unexpected(single.error());
    }
    const std::string family(fingerprint::kMinutiaeFamily);
    const auto samples = static_cast<std::int64_t>(impressions.size());
    if (auto journaled = journal_finger(order, samples, family); !journaled) {
        return tl::unexpected(journaled.error());
    }
    const gallery::StoredTemplate stored{
        0, order.person, "finger", order.finger, family, fingerprint::write_impressions(impressions)};
    if (auto kept = parts_.gallery.replace(order.person, "finger", order.finger, {stored}); !kept) {
        return fail(kept, "keep the templates");
    }
    return finished(order, samples);
}

} // namespace xueshi::checkin
