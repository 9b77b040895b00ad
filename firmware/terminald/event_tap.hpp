#pragma once

#include <functional>

#include "firmware/core/record/event.hpp"

namespace xueshi::terminald {

/// A way to the journal on which somebody hears what goes by, before it is saved (a retry is heard again), and once it
/// is. Thread-safe when the listeners are.
class EventTap final : public record::EventSink {
public:
    using Listener = std::function<void(const record::EventDraft &)>;
    using Saved = std::function<void(const record::EventDraft &, record::Sequence)>;
    EventTap(record::EventSink &journal, Listener listener, Saved saved)
        : journal_(journal), listener_(std::move(listener)), saved_(std::move(saved)) {}

    Expected<record::Sequence> append(const record::EventDraft &draft) override {
        listener_(draft);
        auto seq = journal_.append(draft);
        if (seq) {
            saved_(draft, *seq);
        }
        return seq;
    }

private:
    record::EventSink &journal_;
    Listener listener_;
    Saved saved_;
};

} // namespace xueshi::terminald
