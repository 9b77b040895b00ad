#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firmware/face/face.hpp"
#include "firmware/face/load.hpp"

namespace xueshi::bench {

/// One picture after the stages that ship, embedded by every network that is there.
struct Look {
    std::string person;
    std::string session;   ///< pictures of one session of a person are near copies of each other
    std::string recording; ///< the part of a session whose pictures follow each other
    bool readable = false, found = false;
    face::QualityFlaw flaw = face::QualityFlaw::none;
    float liveness = 0;                      ///< log odds
    std::vector<float> evidence;             ///< what liveness is judged by: log odds of each network, then the cues
    std::vector<face::Embedding> embeddings; ///< of each network, in order
    bool usable() const { return found && flaw == face::QualityFlaw::none; }
};

/// A way to compare: one network, or the sum that ships.
struct System {
    std::string name;
    std::vector<std::size_t> networks;
    face::Comparison comparison;
};

/// How the picture is changed before it is looked at.
enum class Change { none, masked, backlit };

class Looker {
public:
    static Expected<Looker> load(const std::filesystem::path &manifest, const std::filesystem::path &files,
                                 int threads);

    /// `scale` above 0: the picture, scaled (less where it would not fit), on a grey frame of 640 x 360 as from the
    /// camera; 0: as it is.
    Look look(const std::filesystem::path &path, double scale, bool embed, Change change = Change::none);
    /// Faces are then found a second time as check-in follows them from frame to frame.
    void follow() { follow_ = true; }
    const std::vector<System> &systems() const { return systems_; } ///< the last one ships
    const face::Pipeline &pipeline() const { return *pipeline_; }
    std::size_t unreadable() const { return unreadable_; }

private:
    std::vector<float> evidence(const camera::Frame &frame, const cv::Rect2f &box);

    std::unique_ptr<face::Pipeline> pipeline_;
    std::vector<std::unique_ptr<face::Embedder>> networks_;
    std::vector<System> systems_;
    std::vector<std::unique_ptr<face::Liveness>> liveness_; ///< the networks of the sum that ships
    face::LivenessCues cues_;
    std::size_t looked_ = 0, unreadable_ = 0;
    bool follow_ = false;
};

/// The look's vector for a system, prepared.
face::Embedding vector_of(const Look &look, const System &system);
float product(const face::Embedding &a, const face::Embedding &b);

} // namespace xueshi::bench
