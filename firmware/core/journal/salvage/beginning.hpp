#pragma once

#include <optional>

#include "firmware/core/journal/salvage/salvage.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::journal {

/// How the first event of `journal`'s present chain must begin, when the chain has no event and others came before it:
/// the last of them by name, and every event that is lost. `program` is left empty. Nothing: it begins as any start.
/// A chain that was cut off before it had declared all that is lost: a start whose `lost` is the rest, for events of
/// their own behind it.
Expected<std::optional<record::Boot>> beginning_of_chain(const std::filesystem::path &journal);

/// Takes from `lost` what fits one event.
std::vector<record::LostEvents> take_lost(std::vector<record::LostEvents> &lost);

} // namespace xueshi::journal
