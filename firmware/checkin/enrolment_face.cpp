#include <algorithm>
#include <chrono>
#include <deque>
#include <numeric>

#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"
#include "firmware/checkin/guidance.hpp"
#include "firmware/checkin/sample_pose.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSampleSpacingMs = 300; // neighbouring frames are one picture twice
constexpr std::int64_t kCaptureMs = 60'000;
constexpr milliseconds kLookAgain(500);
constexpr std::size_t kLivenessWindow = 30; // newest frames, as at check-in
constexpr int kNotLiveFrames = 100;         // in a row; some ten seconds

json::Object progress_line(const PoseGuide &poses, Guidance guidance) {
    const auto words = text(guidance);
    json::Array missing;
    for (const auto pose : poses.missing()) {
        missing.emplace_back(to_string(pose));
    }
    return json::Object{{"stage", poses.taken().size()}, {"of", kSamplePoses},  {"guidance", to_string(guidance)},
                        {"text_zh", words.zh},           {"text_en", words.en}, {"missing", std::move(missing)}};
}

/// The mean over a face's newest frames: single frames of a print may be lucky.
class FaceLiveness {
public:
    explicit FaceLiveness(const FaceThresholds &thresholds) : thresholds_(thresholds) {}

    void begin_anew() { newest_.clear(); }
    void add(float liveness) {
        newest_.push_back(liveness);
        if (newest_.size() > kLivenessWindow) {
            newest_.pop_front();
        }
        not_live_ = is_judged() && !is_live() ? not_live_ + 1 : 0;
    }
    bool is_judged() const { return static_cast<int>(newest_.size()) >= thresholds_.liveness_frames; }
    bool is_live() const {
        const auto sum = std::accumulate(newest_.begin(), newest_.end(), 0.0F);
        return is_judged() && sum / static_cast<float>(newest_.size()) >= thresholds_.liveness;
    }
    bool is_given_up() const { return not_live_ >= kNotLiveFrames; }

private:
    FaceThresholds thresholds_;
    std::deque<float> newest_;
    int not_live_ = 0; ///< frames in a row
};

/// Samples and poses of one face, and what to say to whoever stands there.
class FaceCollector {
public:
    FaceCollector(const Candidates &candidates, const FaceThresholds &thresholds, bool any_pose, Watcher watcher)
        : candidates_(candidates), thresholds_(thresholds), liveness_(thresholds), any_pose_(any_pose),
          watcher_(std::move(watcher)) {}

    bool complete() const { return samples.size() == kSamplePoses; }
    bool is_not_live() const { return liveness_.is_given_up(); }
    const PoseGuide &poses() const { return poses_; }

    void look(const FaceReport &report, std::int64_t now_ms) {
        const auto advice = judge(report, now_ms);
        if (advice && advice != told_) {
            told_ = advice;
            watcher_.progress(progress_line(poses_, *advice));
        }
    }

    /// Why there are not samples enough, and what is missing.
    std::pair<EnrolmentRefusal, std::string> failure() const {
        if (is_not_live() || samples.empty()) {
            return {is_not_live() ? EnrolmentRefusal::not_live : EnrolmentRefusal::no_usable_picture, ""};
        }
        std::vector<std::string_view> missing;
        for (const auto pose : poses_.missing()) {
            missing.push_back(to_string(pose));
        }
        return {EnrolmentRefusal::poses_missing, fmt::format("{}", fmt::join(missing, ", "))};
    }

    std::vector<face::Embedding> samples;

private:
    /// What to say; nothing when the picture is too near the last one.
    std::optional<Guidance> judge(const FaceReport &report, std::int64_t now_ms) {
        if (report.crowd != Crowd::one) {
            return report.crowd == Crowd::several ? std::optional(Guidance::one_at_a_time) : std::nullopt;
        }
        const auto &seen = report.observation;
        if (seen.flaw != face::QualityFlaw::none) {
            return guidance_for(seen.flaw);
        }
        if (seen.embedding.empty()) {
            return std::nullopt;
        }
        note_liveness(report);
        if (!liveness_.is_judged() || (last_ms_ && now_ms - *last_ms_ < kSampleSpacingMs)) {
            return std::nullopt;
        }
        if (!liveness_.is_live() || seen.liveness < thresholds_.liveness) {
            return Guidance::not_live;
        }
        return take(seen, now_ms);
    }

    /// A living face that stood there before says nothing of the one that took its place.
    void note_liveness(const FaceReport &report) {
        const auto &embedding = report.observation.embedding;
        const bool same = report.track == track_ && !last_.empty() &&
                          (candidates_.likeness(last_, embedding) >= thresholds_.match || is_same_face(embedding));
        if (!same) {
            liveness_.begin_anew();
        }
        track_ = report.track;
        last_ = embedding;
        liveness_.add(report.observation.liveness);
    }

    std::optional<Guidance> take(const face::Observation &seen, std::int64_t now_ms) {
        if (!samples.empty() && !is_same_face(seen.embedding)) {
            samples.clear(); // somebody else stepped in: begin anew with them
            poses_.reset();
        }
        const auto wanted = poses_.missing();
        const auto pose = any_pose_ ? std::optional(wanted.front()) : poses_.match(seen.pose);
        if (!pose) {
            return guidance_for(wanted.front());
        }
        last_ms_ = now_ms;
        poses_.take(*pose, seen.pose);
        samples.push_back(seen.embedding);
        told_.reset(); // each sample is told, whatever was said before
        const auto left = poses_.missing();
        return left.empty() || any_pose_ ? Guidance::next_sample : guidance_for(left.front());
    }

    /// A turned head is less like the first sample than like its neighbours.
    bool is_same_face(const face::Embedding &embedding) const {
        return std::ranges::any_of(
            samples, [&](const auto &sample) { return candidates_.likeness(sample, embedding) >= thresholds_.match; });
    }

    const Candidates &candidates_;
    FaceThresholds thresholds_;
    FaceLiveness liveness_;
    std::uint64_t track_ = 0;
    face::Embedding last_; ///< of the frame before
    bool any_pose_;
    Watcher watcher_;
    PoseGuide poses_;
    std::optional<std::int64_t> last_ms_;
    std::optional<Guidance> told_;
};

} // namespace

boost::asio::awaitable<Expected<void>> Enrolment::collect_faces(const EnrolmentOrder &order, Watcher watcher,
                                                                Faces &faces) {
    FaceCollector collector(parts_.candidates, parts_.thresholds, order.any_pose, watcher);
    const auto begun = parts_.clock.now().boot_ms;
    wants_faces_ = true;
    while (!collector.complete()) {
        const auto now = parts_.clock.now().boot_ms;
        if (collector.is_not_live() || now - begun > kCaptureMs || !watcher.still_there()) {
            const auto [why, detail] = collector.failure();
            co_return tl::unexpected(refusal(why, order, faces.person, detail, &watcher));
        }
        if (reports_.empty()) {
            co_await wakeup_.wait(kLookAgain);
            continue;
        }
        const auto report = std::move(reports_.front());
        reports_.pop_front();
        collector.look(report, now);
    }
    faces.samples = std::move(collector.samples);
    for (const auto pose : collector.poses().taken()) {
        if (!order.any_pose) {
            faces.poses.emplace_back(to_string(pose));
        }
    }
    co_return Expected<void>();
}

Enrolment::Answer Enrolment::face_from_camera(EnrolmentOrder order, Watcher watcher) {
    if (parts_.faces == nullptr || !camera_) {
        co_return fail(ErrorCode::unavailable, "this terminal has no camera now");
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    auto faces = co_await bind(order);
    if (!faces) {
        co_return tl::unexpected(faces.error());
    }
    const auto collected = co_await collect_faces(order, watcher, *faces);
    if (!collected) {
        co_return tl::unexpected(collected.error());
    }
    co_return keep_faces(std::move(*faces), "camera", order, watcher);
}

json::Object Enrolment::describe(const Faces &faces, const std::string &from, const EnrolmentOrder &order,
                                 float score) const {
    record::Enrolment body{faces.person, "face", from, static_cast<std::int64_t>(faces.samples.size())};
    body.model = parts_.face_model;
    body.operator_name = order.operator_name;
    body.poses = faces.poses;
    body.document = faces.document;
    body.document_score_millionths = score < 0 ? -1 : static_cast<std::int64_t>(score * 1e6F);
    body.witnesses = faces.witnesses;
    return record::to_json(body);
}

Expected<void> Enrolment::refuse_duplicate_face(const Faces &faces, const EnrolmentOrder &order,
                                                const Watcher &watcher) {
    Match nearest;
    for (const auto &sample : faces.samples) {
        const auto match = parts_.candidates.most_similar_face(sample, faces.person);
        nearest = match.score > nearest.score ? match : nearest;
    }
    auto single = refuse_duplicate(nearest, parts_.thresholds.match, faces.person, "face", order);
    if (!single) {
        watcher.progress(progress_of(EnrolmentRefusal::duplicate_face));
    }
    return single;
}

Expected<void> Enrolment::store_faces(const Faces &faces) {
    std::vector<gallery::StoredTemplate> templates;
    templates.reserve(faces.samples.size());
    for (const auto &sample : faces.samples) {
        templates.push_back(
            gallery::StoredTemplate{0, faces.person, "face", "", parts_.face_model, write_embedding(sample)});
    }
    if (auto kept = parts_.gallery.replace(faces.person, "face", "", templates); !kept) {
        return fail(kept, "keep the templates");
    }
    return load_candidates();
}

Expected<EnrolmentOutcome> Enrolment::keep_faces(Faces faces, const std::string &from, const EnrolmentOrder &order,
                                                 const Watcher &watcher) {
    const auto &person = faces.person;
    const auto score = compare_portrait(faces);
    faces.portrait = PortraitEmbedding(); // its work is done
    if (!score) {
        const auto &detail = score.error().message;
        return tl::unexpected(refusal(EnrolmentRefusal::document_mismatch, order, person, detail, &watcher));
    }
    // The roster or the consent may have gone while the camera looked.
    if (!roster_ || roster_->trainee(person) == nullptr) {
        return tl::unexpected(refusal(EnrolmentRefusal::left_the_roster, order, person, "", &watcher));
    }
    if (auto consented = check_consent(person, "face", order, &watcher); !consented) {
        return tl::unexpected(consented.error());
    }
    if (auto single = refuse_duplicate_face(faces, order, watcher); !single) {
        return tl::unexpected(single.error());
    }
    // The event first: no template is ever used that the chain does not know of.
    const auto source = from == "camera" && camera_ ? *camera_ : record::Source{};
    if (auto journaled = journal(record::EventKind::enrolment, source, describe(faces, from, order, *score));
        !journaled) {
        return tl::unexpected(journaled.error());
    }
    if (auto stored = store_faces(faces); !stored) {
        return tl::unexpected(stored.error());
    }
    const auto count = static_cast<std::int64_t>(faces.samples.size());
    log::info("enrolled", {{"person", person}, {"factor", "face"}, {"from", from}, {"samples", count}});
    return EnrolmentOutcome{person, count, {}};
}

} // namespace xueshi::checkin
