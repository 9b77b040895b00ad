#pragma once

#include <cstring>
#include <utility>
#include <vector>

namespace xueshi {

/// Overwrites before it lets go, so that freed memory keeps nothing.
template <typename Item>
void wipe(std::vector<Item> &items) {
    if (!items.empty()) { // an empty one may have no address, which may not be passed
        ::explicit_bzero(items.data(), items.size() * sizeof(Item));
    }
    items.clear();
}

/// What must not outlive its use, however that ends: wiped with its owner. Move-only.
template <typename Item>
class Wiped {
public:
    Wiped() = default;
    explicit Wiped(std::vector<Item> items) : items_(std::move(items)) {}
    Wiped(Wiped &&other) noexcept : items_(std::exchange(other.items_, {})) {}
    Wiped &operator=(Wiped &&other) noexcept {
        items_.swap(other.items_); // `other` wipes what was here
        return *this;
    }
    ~Wiped() { wipe(items_); }
    const std::vector<Item> &items() const { return items_; }

private:
    std::vector<Item> items_;
};

} // namespace xueshi
