#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/store/media.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registry::bureau {

namespace {

struct Range {
    std::int64_t first = 0, last = 0;
};
enum class Wanted { whole, part, nothing_there };

/// RFC 9110 section 14.2. One range of bytes; what is no such range, or several at once, is answered with the whole.
std::pair<Wanted, Range> read_range(std::string_view text, std::int64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    const auto dash = text.find('-');
    if (!text.starts_with(kUnit) || dash == std::string_view::npos || text.find(',') != std::string_view::npos) {
        return {Wanted::whole, {}};
    }
    const std::string_view from = text.substr(kUnit.size(), dash - kUnit.size()), to = text.substr(dash + 1);
    const auto first = wire::read_count(from), last = wire::read_count(to);
    if (from.empty() && last) { // the last so many bytes
        const Range range{std::max<std::int64_t>(0, size - *last), size - 1};
        return {*last == 0 || size == 0 ? Wanted::nothing_there : Wanted::part, range};
    }
    if (!first || (!last && !to.empty()) || (last && *last < *first)) {
        return {Wanted::whole, {}};
    }
    const Range range{*first, last ? std::min(*last, size - 1) : size - 1};
    return {*first >= size ? Wanted::nothing_there : Wanted::part, range};
}

/// Of an institution the token covers; what it does not cover is not there (F33). A clip's id is its device's choice:
/// another device may have sent other bytes under it.
Expected<store::Media> covered_media(store::Session &session, const Call &call) {
    const std::string named = query_of(call.request, "institution"), device = query_of(call.request, "device");
    for (store::Media &media : store::media_of_clip(session, MediaId(call.captured.front()))) {
        const auto institution = store::find_institution(session, media.institution);
        const bool asked =
            (named.empty() || media.institution.str() == named) && (device.empty() || media.device.str() == device);
        if (asked && institution && call.access.covers(*institution)) {
            return std::move(media);
        }
    }
    return fail(ErrorCode::not_found, "no such clip");
}

Expected<std::shared_ptr<http::FileSlice>> slice_of(const std::filesystem::path &path, Range range) {
    auto slice = std::make_shared<http::FileSlice>();
    slice->fd = UniqueFd(file_system().open(path.c_str(), O_RDONLY | O_CLOEXEC, 0));
    if (!slice->fd) {
        return fail(ErrorCode::io, error_from_errno(errno, "open a clip").message);
    }
    slice->offset = static_cast<std::uint64_t>(range.first);
    slice->length = static_cast<std::uint64_t>(range.last - range.first + 1);
    return slice;
}

http::Response head_of(const store::Media &media) {
    http::Response response;
    response.content_type = "video/mp4";
    response.headers["Accept-Ranges"] = "bytes";
    response.headers["ETag"] = "\"" + hex(media.clip.sha256) + "\"";
    response.headers["Repr-Digest"] = wire::write_digest(media.clip.sha256);
    response.headers["Xueshi-Evidence"] = std::string(to_string(media.standing));
    response.headers["Content-Disposition"] = "attachment; filename=\"" + media.clip.clip.str() + ".mp4\"";
    return response;
}

} // namespace

Expected<http::Response> get_media(const Context &context, store::Session &session, Call &call) {
    const auto media = covered_media(session, call);
    if (!media) {
        return tl::unexpected(media.error());
    }
    auto response = head_of(*media);
    const std::int64_t size = media->clip.bytes;
    const std::string condition = call.request.header("if-range");
    const bool ranged = condition.empty() || condition == response.headers["ETag"];
    auto [wanted, range] = read_range(ranged ? call.request.header("range") : "", size);
    if (wanted == Wanted::nothing_there) {
        auto refusal = http::problem(416, "Range not satisfiable", "the clip ends before this range");
        refusal.headers["Content-Range"] = fmt::format("bytes */{}", size);
        return refusal;
    }
    if (wanted == Wanted::whole) {
        range = {0, size - 1};
    } else {
        response.status = 206;
        response.headers["Content-Range"] = fmt::format("bytes {}-{}/{}", range.first, range.last, size);
    }
    auto slice = slice_of(context.clips.path_of(media->object), range);
    if (!slice) {
        return tl::unexpected(slice.error());
    }
    response.file = std::move(*slice);
    return response;
}

} // namespace xueshi::registry::bureau
