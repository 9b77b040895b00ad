#pragma once

#include <map>
#include <optional>
#include <vector>

#include "firmware/core/journal/verify.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::journal {

/// What the signed beginnings of chains say of the chains before them.
class Succession {
public:
    /// The events of one chain in order, from its first; only the beginning is looked at.
    void begin_chain(const ChainId &chain) { chain_ = chain, beginning_ = true; }
    /// Whether the beginning may go on: starts that were cut off, and what is lost, declared event by event.
    bool feed(const record::EventBody &body);

    /// How `later` (the chain behind it) must begin when `former` came before; nothing: it does.
    std::optional<Finding> check_link(const FormerChain &former, const ChainId &later) const;
    /// Of these lost seqs those that no later chain declared.
    using Ranges = std::vector<std::pair<record::Sequence, record::Sequence>>; ///< both ends included
    Ranges undeclared(const ChainId &chain, const Ranges &lost) const;
    /// A chain that was taken over by a chain here, and is not among `former`.
    std::optional<ChainId> missing(const std::vector<FormerChain> &former) const;

private:
    ChainId chain_;
    bool beginning_ = false;
    std::map<ChainId, record::Boot> boots_; ///< the first event of each chain
    std::map<ChainId, Ranges> declared_;
};

} // namespace xueshi::journal
