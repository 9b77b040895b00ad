#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"

/// Which clips may leave a device, by whatever way: over the network or on a stick.
namespace xueshi::clips {

/// Whose clips leave the device.
enum class ClipUpload {
    never,
    consented, ///< those of people who agreed to it ("clips_leave_device"), all of them in the picture
    all,       ///< also without: only where the law gives another ground; never of people who were not recognised
};
Expected<ClipUpload> parse_clip_upload(std::string_view text);
std::string_view to_string(ClipUpload upload);

struct ClipPolicy {
    bool operator==(const ClipPolicy &) const = default;
    ClipUpload upload = ClipUpload::consented;
    std::set<ClassId> confidential; ///< nothing seen of these leaves the device, whatever `upload` says;
                                    ///< nor, while there are any, what was seen of no known class
    std::set<MediaId> asked = {};   ///< what the bureau ordered and has not yet got (Asked::yes)
};
inline constexpr std::size_t kMaxAsked = 256; ///< the oldest that a policy names

/// As syncd tells it to others: {"upload","confidential","asked"}.
json::Object to_json(const ClipPolicy &policy);
Expected<ClipPolicy> read_policy(const json::Value &value);
/// The newest that syncd told, in the status.json of its directory; none: it never did. Error: what it told there as
/// its policy does not read.
Expected<std::optional<ClipPolicy>> told_policy(const std::filesystem::path &sync);

/// One event that names the clip.
struct ClipSubject {
    PersonId person; ///< empty: nobody was recognised
    ClassId training_class;
    bool consented = false; ///< by the newest word of the person
};

/// The bureau ordered this very clip: that stands above `never`, which is the institution's own choice, but neither
/// above what a person said nor above a confidential class.
enum class Asked : bool { no, yes };

/// Why the clip stays; empty: it may leave. A clip that no event names has no ground to leave but `all`.
std::string_view withheld_because(const ClipPolicy &policy, const std::vector<ClipSubject> &subjects,
                                  Asked asked = Asked::no);

} // namespace xueshi::clips
