#pragma once

#include <filesystem>
#include <memory>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/journal/writer/reserve.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::journal {

/// Appends events to the journal: one writer per process, one process per file (locked). Thread-safe.
class JournalWriter final : public record::EventSink {
public:
    /// Opens or creates. The device's id follows from the key; an existing journal must have been written with the
    /// same key (denied). Error: corrupt names the first bad seq; conflict: another process has it open. A reserve that
    /// the disk has no room for is logged, and tried again with each checkpoint.
    static Expected<std::unique_ptr<JournalWriter>> open(const std::filesystem::path &path,
                                                         const identity::Signer &signer, const Reserve &reserve = {});
    ~JournalWriter() override;

    /// Durable on return (one fdatasync). A second append of an id gives the first seq. Error: no_space when the
    /// reserve too is used up; the first append that succeeds again is followed by an event that says so.
    Expected<record::Sequence> append(const record::EventDraft &draft) override;
    /// The same for what belongs before all that follows, such as a start. Error: no_space when there is no room for it
    /// now: it waits, and comes before the next event that there is room for.
    Expected<record::Sequence> append_first(const record::EventDraft &draft);
    Expected<Head> head();
    const Description &description() const;
    /// Moves the WAL into the database; call when idle. After no_space all goes on as before: it stays in the WAL.
    Expected<void> checkpoint();
    /// Events that the full disk refused and that no event tells of yet.
    std::int64_t refused();
    /// Appends what waits and the event that tells of those refused, when there are any and there is room again.
    void tell_of_refusals(const Instant &at);

private:
    struct Impl;
    explicit JournalWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::journal
