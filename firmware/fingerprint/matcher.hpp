#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

/// A person's finger: several impressions, prepared once for matching.
class Template {
public:
    virtual ~Template() = default;
};

struct MatchResult {
    std::size_t person = 0;
    double score = 0;         ///< 0..1, best impression of the best finger
    double second_score = -1; ///< best of any other person; -1: nobody else
};

/// Scores a scanned impression against templates. Immutable, thread-safe.
class Matcher {
public:
    virtual ~Matcher() = default;
    virtual std::string name() const = 0; ///< with version: templates of another one are refused
    virtual double threshold() const = 0; ///< calibrated
    virtual double margin() const = 0;
    virtual std::size_t least_minutiae() const = 0;
    virtual std::size_t most_minutiae() const = 0;

    /// Prepares impressions; invalid_argument when one is outside the plausible number of minutiae.
    virtual Expected<std::shared_ptr<const Template>> prepare(const std::vector<Impression> &impressions) const = 0;
    /// Similarity of a probe with a template, 0..1.
    virtual double compare(const Template &enrolled, const Template &probe) const = 0;
};

struct MatchCandidate {
    std::size_t person = 0; ///< caller's index
    std::shared_ptr<const Template> finger;
};
/// Best and second person over all candidates; nullopt when there are none.
std::optional<MatchResult> identify(const Matcher &matcher, const std::vector<MatchCandidate> &candidates,
                                    const Template &probe);

/// Minutia Cylinder-Code, bit form (mcc/).
std::unique_ptr<Matcher> make_mcc_matcher();

/// Impressions as stored in the gallery: versioned, 6 bytes a minutia, little-endian. Limits: 16 x 255 minutiae.
Bytes write_impressions(const std::vector<Impression> &impressions);
Expected<std::vector<Impression>> read_impressions(ByteView bytes);

} // namespace xueshi::fingerprint
