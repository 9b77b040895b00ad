#include "firmware/checkin/id_document.hpp"

#include <cstring>

namespace xueshi::checkin {

void wipe(Bytes &bytes) {
    ::explicit_bzero(bytes.data(), bytes.size());
    bytes.clear();
}

void wipe(std::vector<float> &numbers) {
    ::explicit_bzero(numbers.data(), numbers.size() * sizeof(float));
    numbers.clear();
}

Expected<Portrait> FileIdDocument::take_portrait() {
    if (picture_.empty()) {
        return fail(ErrorCode::unavailable, "the document's portrait was used already");
    }
    return Portrait(std::exchange(picture_, {}));
}

} // namespace xueshi::checkin
