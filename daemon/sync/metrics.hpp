#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/sync/status.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::sync {

/// What Prometheus reads (text format 0.0.4). `failures`: how many tries of each work failed in this life, by the name
/// that the log has. No metric names a person, a class or an institution.
std::string write_metrics(const Status &status, const std::map<std::string, std::int64_t> &failures,
                          std::int64_t wall_ms);

/// GET /metrics on 127.0.0.1. Runs on the io_context, which outlives it.
class MetricsServer {
public:
    using Text = std::function<std::string()>;
    static Expected<std::unique_ptr<MetricsServer>> listen(boost::asio::io_context &io, std::uint16_t port, Text text);
    ~MetricsServer();
    std::uint16_t port() const;

private:
    struct Impl;
    explicit MetricsServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::sync
