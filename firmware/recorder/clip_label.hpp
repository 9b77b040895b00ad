#pragma once

#include <filesystem>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/event.hpp"

/// What a clip's event says of its pictures, in the clip's own file: the last box, of type `uuid` (ISO/IEC 14496-12,
/// 11.1), which players skip. A power cut between the file's name and the event leaves only the file. Beside the file
/// as a film has it, a note would cost each clip three fsyncs more.
namespace xueshi::recorder {

struct ClipLabel {
    record::ClipSaved saved; ///< without digest and length, which the label would change; recovered
    record::Source source;   ///< the camera
};

/// The box. `saved.boot_id` and `source` are in it.
Bytes write_label(const ClipLabel &label);
/// `corrupt`: the file ends without one, or it says what no clip is.
Expected<ClipLabel> read_label(const std::filesystem::path &clip);

} // namespace xueshi::recorder
