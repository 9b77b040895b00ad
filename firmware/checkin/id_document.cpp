#include "firmware/checkin/id_document.hpp"

#include <cstring>
#include <vector>

namespace xueshi::checkin {

namespace {

template <typename Value>
void wipe_all(std::vector<Value> &values) {
    if (!values.empty()) { // an empty one may have no address, which may not be passed
        ::explicit_bzero(values.data(), values.size() * sizeof(Value));
    }
    values.clear();
}

} // namespace

void wipe(Bytes &bytes) {
    wipe_all(bytes);
}

void wipe(std::vector<float> &numbers) {
    wipe_all(numbers);
}

Expected<Portrait> FileIdDocument::take_portrait() {
    if (picture_.empty()) {
        return fail(ErrorCode::unavailable, "the document's portrait was used already");
    }
    return Portrait(std::exchange(picture_, {}));
}

} // namespace xueshi::checkin
