#include <chrono>

#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"
#include "firmware/checkin/face_samples.hpp"
#include "firmware/checkin/guidance.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxPhotographs = 10;
constexpr std::size_t kCameraSamples = 5;
constexpr std::int64_t kSampleSpacingMs = 300; // neighbouring frames are one picture twice
constexpr std::int64_t kCaptureMs = 30'000;
constexpr milliseconds kLookAgain(500);

json::Object progress_line(std::size_t stage, std::size_t of, Guidance guidance) {
    const auto words = text(guidance);
    return json::Object{
        {"stage", stage}, {"of", of}, {"guidance", to_string(guidance)}, {"text_zh", words.zh}, {"text_en", words.en}};
}

/// Samples of one enrolment must be one person.
bool agrees(const Candidates &candidates, const std::vector<face::Embedding> &samples, const face::Embedding &sample,
            float threshold) {
    return samples.empty() || candidates.likeness(samples.front(), sample) >= threshold;
}

} // namespace

Enrolment::Answer Enrolment::face_from_photographs(EnrolmentOrder order, std::vector<Bytes> photographs,
                                                   Watcher watcher) {
    if (parts_.faces == nullptr) {
        co_return fail(ErrorCode::unavailable, "this terminal recognises no faces: the models are not loaded");
    }
    if (photographs.empty() || photographs.size() > kMaxPhotographs) {
        co_return fail(ErrorCode::invalid_argument, fmt::format("1 to {} photographs are taken", kMaxPhotographs));
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    const auto person = begin(order, "face");
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    std::vector<face::Embedding> samples;
    std::vector<std::string> remarks;
    for (std::size_t i = 0; i < photographs.size(); ++i) {
        auto work = [file = std::move(photographs[i]), now = parts_.clock.now(), ratio = parts_.second_face_ratio](
                        face::Pipeline &pipeline) { return sample_photograph(pipeline, file, now, ratio); };
        auto sample = co_await on_worker<Expected<face::Observation>>(parts_.executor, *parts_.faces, std::move(work));
        if (!sample) {
            remarks.push_back(fmt::format("photograph {}: {}", i + 1, sample.error().message));
        } else if (!agrees(parts_.candidates, samples, sample->embedding, parts_.thresholds.match)) {
            remarks.push_back(fmt::format("photograph {}: another person than the one before", i + 1));
        } else {
            samples.push_back(std::move(sample->embedding));
        }
        watcher.progress(progress_line(i + 1, photographs.size(), Guidance::look_here));
    }
    if (samples.empty()) {
        co_return fail(ErrorCode::invalid_argument, fmt::format("no usable photograph: {}", fmt::join(remarks, "; ")));
    }
    auto outcome = keep_faces(*person, samples, "photograph", order);
    if (outcome) {
        outcome->remarks = std::move(remarks);
    }
    co_return outcome;
}

boost::asio::awaitable<Expected<std::vector<face::Embedding>>> Enrolment::collect_faces(Watcher watcher) {
    std::vector<face::Embedding> samples;
    const auto begun = parts_.clock.now().boot_ms;
    std::int64_t last = begun - kSampleSpacingMs;
    wants_faces_ = true;
    while (samples.size() < kCameraSamples) {
        const auto now = parts_.clock.now().boot_ms;
        if (now - begun > kCaptureMs || !watcher.still_there()) {
            co_return fail(ErrorCode::timeout, "not enough good pictures of one living face; nothing was kept");
        }
        if (reports_.empty()) {
            co_await wakeup_.wait(kLookAgain);
            continue;
        }
        const auto report = std::move(reports_.front());
        reports_.pop_front();
        if (report.crowd != Crowd::one) {
            continue;
        }
        const auto &seen = report.observation;
        const bool usable = seen.flaw == face::QualityFlaw::none && seen.liveness >= parts_.thresholds.liveness;
        if (!usable || now - last < kSampleSpacingMs) {
            continue;
        }
        last = now;
        if (!agrees(parts_.candidates, samples, seen.embedding, parts_.thresholds.match)) {
            samples.clear(); // somebody else stepped in: begin anew with them
        }
        samples.push_back(seen.embedding);
        watcher.progress(progress_line(samples.size(), kCameraSamples, Guidance::look_here));
    }
    co_return samples;
}

Enrolment::Answer Enrolment::face_from_camera(EnrolmentOrder order, Watcher watcher) {
    if (parts_.faces == nullptr || !camera_) {
        co_return fail(ErrorCode::unavailable, "this terminal has no camera now");
    }
    const auto session = Session::begin(*this);
    if (!session) {
        co_return tl::unexpected(session.error());
    }
    const auto person = begin(order, "face");
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    const auto samples = co_await collect_faces(watcher);
    if (!samples) {
        co_return tl::unexpected(samples.error());
    }
    co_return keep_faces(*person, *samples, "camera", order);
}

Expected<EnrolmentOutcome> Enrolment::keep_faces(const PersonId &person, const std::vector<face::Embedding> &samples,
                                                 const std::string &from, const EnrolmentOrder &order) {
    Match nearest;
    std::vector<gallery::StoredTemplate> templates;
    for (const auto &sample : samples) {
        const auto match = parts_.candidates.most_similar_face(sample, person);
        nearest = match.score > nearest.score ? match : nearest;
        templates.push_back(gallery::StoredTemplate{0, person, "face", "", parts_.face_model, write_embedding(sample)});
    }
    if (auto single = refuse_duplicate(nearest, parts_.thresholds.match, person, "face", order); !single) {
        return tl::unexpected(single.error());
    }
    if (auto kept = parts_.gallery.replace(person, "face", "", templates); !kept) {
        return fail(kept, "keep the templates");
    }
    if (auto loaded = load_candidates(); !loaded) {
        return tl::unexpected(loaded.error());
    }
    const auto count = static_cast<std::int64_t>(templates.size());
    auto data =
        record::to_json(record::Enrolment{person, "face", from, count, "", parts_.face_model, order.operator_name});
    const auto source = from == "camera" && camera_ ? *camera_ : record::Source{};
    if (auto journaled = journal(record::EventKind::enrolment, source, std::move(data)); !journaled) {
        return tl::unexpected(journaled.error());
    }
    log::info("enrolled", {{"person", person}, {"factor", "face"}, {"from", from}, {"samples", count}});
    return EnrolmentOutcome{person, count, {}};
}

} // namespace xueshi::checkin
