#pragma once

#include <optional>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

/// Prints what the registry's nonces in the journal and its receipt say about times, without the device's clock; of
/// `order.time_of`, when it happened. Nothing where no registry's key is pinned and nothing was asked for.
Expected<void> print_times(const Places &places, const VerifyOrder &order, const std::filesystem::path &journal,
                           const std::optional<identity::Receipt> &receipt);

} // namespace xueshi::xueshictl
