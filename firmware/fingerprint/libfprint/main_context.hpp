#pragma once

#include <chrono>
#include <functional>

namespace xueshi::fingerprint {

/// GLib's default main context, owned by one thread. libfprint enumerates on that context only (with a context pushed
/// as the thread's default it waits for ever), so no other thread of the process may run a GLib loop.
class MainContext {
public:
    /// Takes the context for the calling thread; `owned()` is false when another thread has it.
    MainContext();
    ~MainContext();
    MainContext(const MainContext &) = delete;
    MainContext &operator=(const MainContext &) = delete;
    bool owned() const { return owned_; }

    /// Runs what is due, waiting for something to be due.
    void iterate();
    /// Iterates until `done` returns true or the time is over.
    void iterate_for(std::chrono::milliseconds time, const std::function<bool()> &done);

    /// Runs `work` in the owner's thread, during one of its iterations. Thread-safe.
    static void post(std::function<void()> work);

private:
    bool owned_;
};

} // namespace xueshi::fingerprint
