#pragma once

#include <cstdint>
#include <optional>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/recorder/mp4.hpp"

namespace xueshi::recorder {

/// Packs H.264 and AAC into a fragmented MP4 (ISO/IEC 14496-12, 8.8) while they come: the bytes only ever grow, and up
/// to the end of any fragment they are a file that plays. A fragment is a second of one track. Thread-bound.
class FragmentMuxer {
public:
    /// `sink` gets the bytes in file order, out of the calls below; its first error ends the muxing and is theirs.
    static Expected<FragmentMuxer> create(bool with_sound, ByteSink sink);

    /// An access unit as camera::Unit has it; times in the film.
    Expected<void> picture(ByteView unit, std::int64_t pts_ns, std::int64_t duration_ns);
    /// An ADTS frame. Only of a muxer made with sound, which gives out nothing while one of its two tracks has nothing.
    Expected<void> sound(ByteView unit, std::int64_t pts_ns, std::int64_t duration_ns);
    /// Writes what is ready; the calls above do so too, but the muxer works in threads of its own.
    Expected<void> pass_on();
    /// Writes what is left. Nothing may follow.
    Expected<void> finish();

private:
    FragmentMuxer(camera::gst::Pipeline pipeline, bool with_sound, ByteSink sink);

    camera::gst::Pipeline pipeline_;
    camera::gst::Element pictures_, sounds_, out_; ///< `sounds_` null: without
    ByteSink sink_;
};

} // namespace xueshi::recorder
