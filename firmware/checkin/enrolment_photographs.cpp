#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/enrolment_session.hpp"
#include "firmware/checkin/face_samples.hpp"
#include "firmware/checkin/guidance.hpp"

namespace xueshi::checkin {

namespace {

constexpr std::size_t kMaxPhotographs = 10;

json::Object progress_line(std::size_t stage, std::size_t of) {
    const auto words = text(Guidance::look_here);
    return json::Object{{"stage", stage},
                        {"of", of},
                        {"guidance", to_string(Guidance::look_here)},
                        {"text_zh", words.zh},
                        {"text_en", words.en}};
}

} // namespace

/// Fills faces.samples; the remarks say what was not used, and why.
boost::asio::awaitable<Expected<std::vector<std::string>>>
Enrolment::collect_photographs(std::vector<Bytes> photographs, Watcher watcher, Faces &faces) {
    std::vector<std::string> remarks;
    for (std::size_t i = 0; i < photographs.size(); ++i) {
        auto work = [file = std::move(photographs[i]), now = parts_.clock.now(), ratio = parts_.second_face_ratio](
                        face::Pipeline &pipeline) { return sample_photograph(pipeline, file, now, ratio); };
        auto sample = co_await on_worker<Expected<face::Observation>>(parts_.executor, *parts_.faces, std::move(work));
        auto &samples = faces.samples;
        if (!sample) {
            remarks.push_back(fmt::format("photograph {}: {}", i + 1, sample.error().message));
        } else if (!samples.empty() &&
                   parts_.candidates.likeness(samples.front(), sample->embedding) < parts_.thresholds.match) {
            remarks.push_back(fmt::format("photograph {}: another person than the one before", i + 1));
        } else {
            samples.push_back(std::move(sample->embedding));
        }
        watcher.progress(progress_line(i + 1, photographs.size()));
    }
    co_return remarks;
}

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
    auto faces = co_await bind(order);
    if (!faces) {
        co_return tl::unexpected(faces.error());
    }
    auto remarks = co_await collect_photographs(std::move(photographs), watcher, *faces);
    if (!remarks) {
        co_return tl::unexpected(remarks.error());
    }
    if (faces->samples.size() < parts_.policy.least_photographs) {
        const auto detail = fmt::format("{} of {}; {}", faces->samples.size(), parts_.policy.least_photographs,
                                        fmt::join(*remarks, "; "));
        co_return tl::unexpected(
            refusal(EnrolmentRefusal::too_few_photographs, order, faces->person, detail, &watcher));
    }
    auto outcome = keep_faces(std::move(*faces), "photograph", order, watcher);
    if (outcome) {
        outcome->remarks = std::move(*remarks);
    }
    co_return outcome;
}

} // namespace xueshi::checkin
