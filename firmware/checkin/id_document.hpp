#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::checkin {

/// Overwrites before it lets go, so that freed memory keeps nothing.
void wipe(Bytes &bytes);
void wipe(std::vector<float> &numbers);

/// The portrait of an identity document: compared once, then gone. Move-only; wiped when it ends. No number, no name,
/// no address is read from the document at all.
class Portrait {
public:
    explicit Portrait(Bytes picture) : picture_(std::move(picture)) {}
    Portrait(Portrait &&other) noexcept : picture_(std::exchange(other.picture_, {})) {}
    Portrait &operator=(Portrait &&) = delete;
    ~Portrait() { wipe(picture_); }
    ByteView picture() const { return picture_; } ///< JPEG or PNG

private:
    Bytes picture_;
};

/// What tells the portrait's face from others: wiped when it ends, however the enrolment does. Move-only.
class PortraitEmbedding {
public:
    PortraitEmbedding() = default;
    explicit PortraitEmbedding(std::vector<float> numbers) : numbers_(std::move(numbers)) {}
    PortraitEmbedding(PortraitEmbedding &&other) noexcept : numbers_(std::exchange(other.numbers_, {})) {}
    PortraitEmbedding &operator=(PortraitEmbedding &&other) noexcept {
        numbers_.swap(other.numbers_); // `other` wipes what was here
        return *this;
    }
    ~PortraitEmbedding() { wipe(numbers_); }
    const std::vector<float> &numbers() const { return numbers_; }

private:
    std::vector<float> numbers_;
};

/// Where a document's portrait comes from: a file today, a card reader tomorrow.
class IdDocument {
public:
    virtual ~IdDocument() = default;
    /// Goes into the event: "file", ...
    virtual std::string_view provider() const = 0;
    /// Hands the portrait over, once. Error: unavailable when there is none any more.
    virtual Expected<Portrait> take_portrait() = 0;
};

/// A picture file that the operator sent; the device never writes it down.
class FileIdDocument final : public IdDocument {
public:
    explicit FileIdDocument(Bytes picture) : picture_(std::move(picture)) {}
    ~FileIdDocument() override { wipe(picture_); }
    std::string_view provider() const override { return "file"; }
    Expected<Portrait> take_portrait() override;

private:
    Bytes picture_;
};

} // namespace xueshi::checkin
