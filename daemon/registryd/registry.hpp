#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "daemon/registryd/options.hpp"

namespace xueshi::registryd {

/// The whole registry on one io_context (the database has its own thread).
class Registry {
public:
    /// Opens or makes everything in the state directory, listens, and writes endpoints.json. A second one on the same
    /// directory is a conflict. `clock` must outlive it.
    static Expected<std::unique_ptr<Registry>> start(boost::asio::io_context &io, const Options &options,
                                                     const Clock &clock);
    Registry(const Registry &) = delete;
    Registry &operator=(const Registry &) = delete;
    ~Registry(); ///< after the io_context has run out of work, or been destroyed

    std::uint16_t device_port() const;
    std::uint16_t bureau_port() const;
    /// No new requests; those that run are answered.
    void stop();

private:
    struct Impl;
    explicit Registry(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::registryd
