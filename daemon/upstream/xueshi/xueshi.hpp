#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/transport/http_client.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::upstream {

/// How long the whole of one exchange may take, and how fast it may go.
struct Limits {
    std::chrono::milliseconds exchange{30'000};
    std::chrono::milliseconds chunk{120'000}; ///< a mebibyte at 10 kB/s; what is slower tries smaller chunks
    std::int64_t max_send_bytes_per_s = 0;    ///< 0: as fast as it goes
};

/// Speaks daemon/wire/openapi.yaml. `base_url` is the device listener, such as https://registry.example:8443.
std::unique_ptr<Upstream> make_xueshi_upstream(std::unique_ptr<transport::HttpClient> client, std::string base_url,
                                               const Limits &limits = {});

} // namespace xueshi::upstream
