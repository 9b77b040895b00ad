#pragma once

namespace xueshi::identity {

/// For std::unique_ptr over a C library's object: frees it with that function.
template <auto free>
struct FreedBy {
    template <typename T>
    void operator()(T *object) const {
        free(object);
    }
};

} // namespace xueshi::identity
