#pragma once

#include <vector>

#include "firmware/recorder/recorder.hpp"

namespace xueshi::test {

/// Gives clip ids and remembers them; keeps no video.
class FakeRecorder final : public recorder::Recorder {
public:
    void push(camera::Unit) override {}
    void set_source(record::Source) override {}
    MediaId start_clip(const Instant &at) override {
        clips.emplace_back(Uuid::v7(at.wall_ms).str());
        return clips.back();
    }
    void stop() override {}

    std::vector<MediaId> clips;
};

} // namespace xueshi::test
