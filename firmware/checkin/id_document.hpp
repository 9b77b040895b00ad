#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/wipe.hpp"

namespace xueshi::checkin {

/// The portrait of an identity document, JPEG or PNG: compared once, then gone. No number, no name, no address is read
/// from the document at all.
using Portrait = Wiped<std::uint8_t>;
/// What tells the portrait's face from others.
using PortraitEmbedding = Wiped<float>;

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
