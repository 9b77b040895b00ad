#pragma once

#include <functional>

#include "firmware/core/record/event.hpp"

namespace xueshi::terminald {

/// A way to the journal on which somebody hears what goes by, before it is saved: a retry is heard again. Thread-safe
/// when the listener is.
class EventTap final : public record::EventSink {
public:
    using Listener = std::function<void(const record::EventDraft &)>;
    EventTap(record::EventSink &journal, Listener listener) : journal_(journal), listener_(std::move(listener)) {}

    Expected<record::Sequence> append(const record::EventDraft &draft) override {
        listener_(draft);
        return journal_.append(draft);
    }

private:
    record::EventSink &journal_;
    Listener listener_;
};

} // namespace xueshi::terminald
