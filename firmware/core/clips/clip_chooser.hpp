#pragma once

#include <map>
#include <vector>

#include "firmware/core/clips/clip_policy.hpp"
#include "firmware/core/clips/clip_words.hpp"

namespace xueshi::clips {

/// Which clips of a journal may leave the device.
class ClipChooser {
public:
    /// In order, those of former chains first: somebody's newest word counts.
    void read(const record::EventBody &event);
    bool may_leave(const ClipPolicy &policy, const MediaId &clip) const;

private:
    struct Shown {
        PersonId person;
        ClassId training_class;
    };
    std::map<MediaId, std::vector<Shown>> shown_;
    std::map<PersonId, bool> consents_;
};

} // namespace xueshi::clips
