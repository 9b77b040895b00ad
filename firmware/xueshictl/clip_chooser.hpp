#pragma once

#include <map>
#include <vector>

#include "firmware/core/clips/clip_policy.hpp"
#include "firmware/core/clips/clip_words.hpp"

namespace xueshi::xueshictl {

/// Which clips of a journal may leave the device.
class ClipChooser {
public:
    /// In order, those of former chains first: somebody's newest word counts.
    void read(const record::StoredEvent &event);
    bool may_leave(const clips::ClipPolicy &policy, const MediaId &clip) const;

private:
    std::map<MediaId, std::vector<clips::ShownIn>> shown_;
    std::map<PersonId, bool> consents_;
};

} // namespace xueshi::xueshictl
