#include "firmware/checkin/candidates.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <unordered_set>

#include <fmt/format.h>

namespace xueshi::checkin {

static_assert(std::endian::native == std::endian::little, "embeddings are stored little-endian");

namespace {

/// Those of `entries` that `wanted` accepts by person.
template <typename Entry, typename Wanted>
std::vector<Entry> choose(const std::vector<Entry> &entries, const Wanted &wanted) {
    std::vector<Entry> chosen;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(chosen),
                 [&](const Entry &entry) { return wanted(entry.person); });
    return chosen;
}

Expected<std::shared_ptr<const fingerprint::Template>> prepare_finger(const gallery::StoredTemplate &stored,
                                                                      const fingerprint::Matcher &matcher) {
    const auto impressions = fingerprint::read_impressions(stored.bytes);
    if (!impressions) {
        return fail(impressions, fmt::format("template {}", stored.number));
    }
    auto prepared = matcher.prepare(*impressions);
    if (!prepared) {
        return fail(prepared, fmt::format("template {}", stored.number));
    }
    return prepared;
}

template <typename Result>
Match to_match(const std::optional<Result> &result, const std::vector<PersonId> &people) {
    if (!result) {
        return {};
    }
    return Match{people[result->person], static_cast<float>(result->score), static_cast<float>(result->second_score)};
}

} // namespace

Bytes write_embedding(const face::Embedding &embedding) {
    Bytes bytes(embedding.size() * sizeof(float));
    std::memcpy(bytes.data(), embedding.data(), bytes.size());
    return bytes;
}

Expected<face::Embedding> read_embedding(ByteView bytes, std::size_t dimension) {
    if (bytes.size() != dimension * sizeof(float)) {
        return fail(ErrorCode::corrupt, fmt::format("a face template has {} bytes, its model needs {}", bytes.size(),
                                                    dimension * sizeof(float)));
    }
    face::Embedding embedding(dimension);
    std::memcpy(embedding.data(), bytes.data(), bytes.size());
    return embedding;
}

std::size_t Candidates::index_of(const PersonId &person) {
    const auto found = std::find(people_.begin(), people_.end(), person);
    if (found != people_.end()) {
        return static_cast<std::size_t>(found - people_.begin());
    }
    people_.push_back(person);
    return people_.size() - 1;
}

Expected<void> Candidates::set_faces(const std::vector<gallery::StoredTemplate> &templates, std::size_t dimension) {
    std::vector<face::GalleryEntry> entries;
    for (const auto &stored : templates) {
        auto embedding = read_embedding(stored.bytes, dimension);
        if (!embedding) {
            return fail(embedding, fmt::format("template {}", stored.number));
        }
        auto prepared = comparison_.prepare(*embedding);
        if (!prepared) {
            return fail(prepared, fmt::format("template {}", stored.number));
        }
        entries.push_back(face::GalleryEntry{index_of(stored.person), std::move(*prepared)});
    }
    faces_ = std::move(entries);
    narrowed_ = false;
    return {};
}

Expected<void> Candidates::set_fingers(const std::vector<gallery::StoredTemplate> &templates,
                                       const fingerprint::Matcher &matcher) {
    std::map<Sha256, std::shared_ptr<const fingerprint::Template>> known;
    for (std::size_t i = 0; i < fingers_.size(); ++i) {
        known.emplace(finger_digests_[i], fingers_[i].finger);
    }
    std::vector<fingerprint::MatchCandidate> entries;
    std::vector<std::string> names;
    std::vector<Sha256> digests;
    for (const auto &stored : templates) {
        const auto digest = sha256(stored.bytes);
        const auto found = known.find(digest);
        auto prepared = found == known.end() ? prepare_finger(stored, matcher) : found->second;
        if (!prepared) {
            return tl::unexpected(prepared.error());
        }
        entries.push_back(fingerprint::MatchCandidate{index_of(stored.person), std::move(*prepared)});
        names.push_back(stored.finger);
        digests.push_back(digest);
    }
    fingers_ = std::move(entries);
    finger_names_ = std::move(names);
    finger_digests_ = std::move(digests);
    narrowed_ = false;
    return {};
}

Expected<void> Candidates::set_prints(const std::vector<gallery::StoredTemplate> &templates) {
    std::vector<OwnedPrint> prints;
    for (const auto &stored : templates) {
        auto print = fingerprint::read_print(stored.bytes);
        if (!print) {
            return fail(print, fmt::format("template {}", stored.number));
        }
        (void)index_of(stored.person);
        prints.push_back({stored.person, stored.finger, std::move(*print)});
    }
    prints_ = std::move(prints);
    ++prints_generation_;
    return {};
}

const Candidates::OwnedPrint *Candidates::find_print(const std::string &label) const {
    const auto found = std::ranges::find(prints_, label, [](const OwnedPrint &owned) { return owned.print.label; });
    return found == prints_.end() ? nullptr : &*found;
}

PersonId Candidates::owner_of(const std::string &label) const {
    const auto *owned = find_print(label);
    return owned == nullptr ? PersonId() : owned->person;
}

std::string Candidates::finger_of(const std::string &label) const {
    const auto *owned = find_print(label);
    return owned == nullptr ? std::string() : owned->finger;
}

std::vector<fingerprint::ReaderPrint> Candidates::prints_of(const std::vector<PersonId> &people) const {
    const std::unordered_set<PersonId> wanted(people.begin(), people.end());
    std::vector<fingerprint::ReaderPrint> prints;
    for (const OwnedPrint &owned : prints_) {
        if (wanted.contains(owned.person)) {
            prints.push_back(owned.print);
        }
    }
    return prints;
}

std::vector<fingerprint::ReaderPrint> Candidates::all_prints() const {
    std::vector<fingerprint::ReaderPrint> prints;
    prints.reserve(prints_.size());
    for (const OwnedPrint &owned : prints_) {
        prints.push_back(owned.print);
    }
    return prints;
}

std::string Candidates::own_finger_like(const fingerprint::Template &probe, const fingerprint::Matcher &matcher,
                                        const PersonId &person, const std::string &except) const {
    for (std::size_t i = 0; i < fingers_.size(); ++i) {
        if (people_[fingers_[i].person] == person && finger_names_[i] != except &&
            matcher.compare(*fingers_[i].finger, probe) >= matcher.threshold()) {
            return finger_names_[i];
        }
    }
    return {};
}

void Candidates::narrow(const std::vector<PersonId> &scope) {
    if (narrowed_ && scope == scope_) {
        return;
    }
    const std::unordered_set<PersonId> in_scope(scope.begin(), scope.end());
    const auto wanted = [&](std::size_t person) { return in_scope.contains(people_[person]); };
    faces_in_scope_ = choose(faces_, wanted);
    fingers_in_scope_ = choose(fingers_, wanted);
    scope_ = scope;
    narrowed_ = true;
}

Match Candidates::search_face(const face::Embedding &probe, const std::vector<PersonId> &scope) {
    narrow(scope);
    const auto prepared = comparison_.prepare(probe);
    return prepared ? to_match(face::search(faces_in_scope_, *prepared), people_) : Match{};
}

Match Candidates::search_finger(const fingerprint::Template &probe, const fingerprint::Matcher &matcher,
                                const std::vector<PersonId> &scope) {
    narrow(scope);
    return to_match(fingerprint::identify(matcher, fingers_in_scope_, probe), people_);
}

float Candidates::score_of(const face::Embedding &probe, const PersonId &person) const {
    const auto own = choose(faces_, [&](std::size_t index) { return people_[index] == person; });
    const auto prepared = comparison_.prepare(probe);
    return prepared ? to_match(face::search(own, *prepared), people_).score : -1;
}

Match Candidates::most_similar_face(const face::Embedding &probe, const PersonId &except) const {
    const auto others = choose(faces_, [&](std::size_t person) { return people_[person] != except; });
    const auto prepared = comparison_.prepare(probe);
    return prepared ? to_match(face::search(others, *prepared), people_) : Match{};
}

Match Candidates::most_similar_finger(const fingerprint::Template &probe, const fingerprint::Matcher &matcher,
                                      const PersonId &except) const {
    const auto others = choose(fingers_, [&](std::size_t person) { return people_[person] != except; });
    return to_match(fingerprint::identify(matcher, others, probe), people_);
}

bool Candidates::has_face(const PersonId &person) const {
    return std::any_of(faces_.begin(), faces_.end(),
                       [&](const auto &entry) { return people_[entry.person] == person; });
}

bool Candidates::has_finger(const PersonId &person) const {
    return std::any_of(fingers_.begin(), fingers_.end(),
                       [&](const auto &entry) { return people_[entry.person] == person; }) ||
           std::ranges::any_of(prints_, [&](const OwnedPrint &owned) { return owned.person == person; });
}

} // namespace xueshi::checkin
