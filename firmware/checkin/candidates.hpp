#pragma once

#include <memory>
#include <vector>

#include "firmware/checkin/track_decision.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/face/face.hpp"
#include "firmware/fingerprint/matcher.hpp"
#include "firmware/gallery/gallery.hpp"

namespace xueshi::checkin {

/// float32, little-endian: how the gallery keeps an embedding.
Bytes write_embedding(const face::Embedding &embedding);
Expected<face::Embedding> read_embedding(ByteView bytes, std::size_t dimension);

/// Everybody enrolled, in memory, ready to be searched within a scope. Thread-bound.
class Candidates {
public:
    /// How faces are compared: as the models' manifest says. Before the first face.
    void compare_by(face::Comparison comparison) { comparison_ = std::move(comparison); }
    /// Replaces all faces; wrong-sized ones are an error and nothing changes.
    Expected<void> set_faces(const std::vector<gallery::StoredTemplate> &templates, std::size_t dimension);
    /// Replaces all fingers; those that are the same as before are not prepared again, which is most of the work.
    /// Always with one matcher. Error names the first that the matcher refuses.
    Expected<void> set_fingers(const std::vector<gallery::StoredTemplate> &templates,
                               const fingerprint::Matcher &matcher);

    /// Replaces all prints of a reader that matches by itself.
    Expected<void> set_prints(const std::vector<gallery::StoredTemplate> &templates);

    /// Best and second person of `scope` (sorted or not); an empty match when nobody of it is enrolled.
    Match search_face(const face::Embedding &probe, const std::vector<PersonId> &scope);
    /// Same over fingers; scores are the matcher's.
    Match search_finger(const fingerprint::Template &probe, const fingerprint::Matcher &matcher,
                        const std::vector<PersonId> &scope);
    /// The most similar enrolled person except `person`, over everybody: for the check of one face, two names.
    Match most_similar_face(const face::Embedding &probe, const PersonId &except) const;
    Match most_similar_finger(const fingerprint::Template &probe, const fingerprint::Matcher &matcher,
                              const PersonId &except) const;

    /// How like the person this face is; -1: no face of theirs is known.
    float score_of(const face::Embedding &probe, const PersonId &person) const;

    /// Which of the person's own fingers, apart from `except`, this is by the matcher's threshold; empty: none.
    std::string own_finger_like(const fingerprint::Template &probe, const fingerprint::Matcher &matcher,
                                const PersonId &person, const std::string &except) const;

    /// A matching reader's prints of these people.
    std::vector<fingerprint::ReaderPrint> prints_of(const std::vector<PersonId> &people) const;
    std::vector<fingerprint::ReaderPrint> all_prints() const;
    /// Grows with each set_prints.
    std::size_t prints_generation() const { return prints_generation_; }
    /// Whose print has this label, and of which finger; empty: nobody's.
    PersonId owner_of(const std::string &label) const;
    std::string finger_of(const std::string &label) const;

    std::size_t people() const { return people_.size(); }
    /// Score of two embeddings as searches give it.
    float likeness(const face::Embedding &a, const face::Embedding &b) const { return comparison_.score(a, b); }
    bool has_face(const PersonId &person) const;
    bool has_finger(const PersonId &person) const;

private:
    std::size_t index_of(const PersonId &person);
    void narrow(const std::vector<PersonId> &scope);

    face::Comparison comparison_;
    std::vector<PersonId> people_; ///< an index in the entries is a place in here
    std::vector<face::GalleryEntry> faces_;
    std::vector<fingerprint::MatchCandidate> fingers_;
    std::vector<std::string> finger_names_; ///< beside `fingers_`
    std::vector<Sha256> finger_digests_;    ///< beside `fingers_`: of what each was prepared from
    struct OwnedPrint {
        PersonId person;
        std::string finger;
        fingerprint::ReaderPrint print;
    };
    const OwnedPrint *find_print(const std::string &label) const;
    std::vector<OwnedPrint> prints_;
    std::size_t prints_generation_ = 0;
    // The last scope's share of them: scopes change a few times a day, probes come many times a second.
    bool narrowed_ = false;
    std::vector<PersonId> scope_;
    std::vector<face::GalleryEntry> faces_in_scope_;
    std::vector<fingerprint::MatchCandidate> fingers_in_scope_;
};

} // namespace xueshi::checkin
