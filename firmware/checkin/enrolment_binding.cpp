// What comes before the first picture: who, with whose consent, seen by whom, and whose portrait.
#include <algorithm>

#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/face_samples.hpp"

namespace xueshi::checkin {

Expected<std::vector<PersonId>> Enrolment::resolve_witnesses(const EnrolmentOrder &order,
                                                             const PersonId &person) const {
    std::vector<PersonId> witnesses;
    for (const auto &subject : order.witnesses) {
        auto witness = find_person(roster_.get(), subject);
        if (!witness && Uuid::parse(subject.person.str())) {
            witness = subject.person; // staff is on no roster: the registry flags it
        }
        if (!witness) {
            return fail(witness, "witness");
        }
        if (*witness == person || std::ranges::find(witnesses, *witness) != witnesses.end()) {
            return fail(ErrorCode::invalid_argument, "witnesses are other people, each named once");
        }
        witnesses.push_back(std::move(*witness));
    }
    return witnesses;
}

boost::asio::awaitable<Expected<PortraitEmbedding>> Enrolment::read_portrait(const EnrolmentOrder &order) {
    if (!order.document) {
        co_return PortraitEmbedding();
    }
    auto portrait = order.document->take_portrait();
    if (!portrait) {
        co_return tl::unexpected(portrait.error());
    }
    // Shared because a job is copyable; the last copy wipes it.
    auto shared = std::make_shared<Portrait>(std::move(*portrait));
    auto work = [shared, now = parts_.clock.now(), ratio = parts_.second_face_ratio](face::Pipeline &pipeline) {
        return sample_photograph(pipeline, shared->items(), now, ratio);
    };
    shared.reset();
    auto seen = co_await on_worker<Expected<face::Observation>>(parts_.executor, *parts_.faces, std::move(work));
    if (!seen) {
        co_return tl::unexpected(seen.error());
    }
    co_return PortraitEmbedding(std::move(seen->embedding));
}

boost::asio::awaitable<Expected<Enrolment::Faces>> Enrolment::bind(const EnrolmentOrder &order) {
    Faces faces;
    auto person = begin(order, "face");
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    faces.person = std::move(*person);
    auto witnesses = resolve_witnesses(order, faces.person);
    if (!witnesses) {
        co_return tl::unexpected(witnesses.error());
    }
    faces.witnesses = std::move(*witnesses);
    if (faces.witnesses.size() < parts_.policy.witnesses) {
        co_return tl::unexpected(refusal(EnrolmentRefusal::witnesses_missing, order, faces.person, ""));
    }
    if (parts_.policy.document && !order.document) {
        co_return tl::unexpected(refusal(EnrolmentRefusal::document_missing, order, faces.person, ""));
    }
    auto portrait = co_await read_portrait(order);
    if (!portrait) {
        const auto &detail = portrait.error().message;
        co_return tl::unexpected(refusal(EnrolmentRefusal::document_unusable, order, faces.person, detail));
    }
    faces.portrait = std::move(*portrait);
    faces.document = order.document ? order.document->provider() : "";
    co_return faces;
}

/// The sample most like it, as the threshold was measured: heads are turned in the others. -1: no portrait.
Expected<float> Enrolment::compare_portrait(const Faces &faces) const {
    if (faces.portrait.items().empty()) {
        return -1.0F;
    }
    float score = -1;
    for (const auto &sample : faces.samples) {
        score = std::max(score, parts_.candidates.likeness(faces.portrait.items(), sample));
    }
    if (score < parts_.thresholds.match) {
        return fail(ErrorCode::denied, fmt::format("{:.3f} < {:.3f}", score, parts_.thresholds.match));
    }
    return score;
}

} // namespace xueshi::checkin
