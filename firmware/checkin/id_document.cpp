#include "firmware/checkin/id_document.hpp"

#include <utility>

namespace xueshi::checkin {

Expected<Portrait> FileIdDocument::take_portrait() {
    if (picture_.empty()) {
        return fail(ErrorCode::unavailable, "the document's portrait was used already");
    }
    return Portrait(std::exchange(picture_, {}));
}

} // namespace xueshi::checkin
