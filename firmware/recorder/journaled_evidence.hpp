#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "firmware/core/record/event.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/recorder/evidence.hpp"

/// What events say of the evidence. A stretch is placed by the wall clock of its end and is as long as the boot clock
/// says: a wall clock that was set inside it makes it neither longer nor shorter.
namespace xueshi::recorder {

void add_film(Evidence &evidence, const record::LessonVideoSaved &film);
void add_fault(Evidence &evidence, const record::ContentFault &fault);

/// The evidence of earlier starts, out of their events, in order. A fault that none of them says is over lasted until
/// the next start.
class JournaledEvidence {
public:
    /// `evidence` outlives the object.
    explicit JournaledEvidence(Evidence &evidence) : evidence_(evidence) {}

    void note(const record::EventBody &body);
    /// The program starts: what an earlier one saw is over.
    void start(std::int64_t wall_ms);

private:
    void note(const record::ContentFault &fault);

    Evidence &evidence_;
    std::map<std::pair<std::string, record::Fault>, record::Moment> unfinished_; ///< seen last
};

} // namespace xueshi::recorder
