#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "firmware/core/record/event.hpp"

namespace xueshi::test {

/// An EventSink in memory with the journal's promise: a second append of an id gives the first seq.
class MemorySink final : public record::EventSink {
public:
    Expected<record::Sequence> append(const record::EventDraft &draft) override {
        const std::lock_guard lock(mutex_);
        if (failure_) {
            return tl::unexpected<Error>(*failure_);
        }
        for (std::size_t i = 0; i < drafts_.size(); ++i) {
            if (drafts_[i].id == draft.id) {
                return static_cast<record::Sequence>(i + 1);
            }
        }
        drafts_.push_back(draft);
        return static_cast<record::Sequence>(drafts_.size());
    }

    /// Every append fails so until `recover`.
    void fail_with(Error error) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(error);
    }
    void recover() {
        const std::lock_guard lock(mutex_);
        failure_.reset();
    }

    std::vector<record::EventDraft> drafts() const {
        const std::lock_guard lock(mutex_);
        return drafts_;
    }
    std::vector<record::EventDraft> drafts(record::EventKind kind) const {
        const std::lock_guard lock(mutex_);
        std::vector<record::EventDraft> found;
        for (const record::EventDraft &draft : drafts_) {
            if (draft.kind == kind) {
                found.push_back(draft);
            }
        }
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<record::EventDraft> drafts_;
    std::optional<Error> failure_;
};

} // namespace xueshi::test
