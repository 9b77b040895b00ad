#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daemon/transport/http_client.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::upstream {

/// How long the whole of one exchange may take.
struct Timeouts {
    std::chrono::milliseconds exchange{30'000};
    std::chrono::milliseconds chunk{120'000}; ///< a mebibyte at 10 kB/s; what is slower tries smaller chunks
};

/// Speaks daemon/wire/openapi.yaml. `base_url` is the device listener, such as https://registry.example:8443.
std::unique_ptr<Upstream> make_xueshi_upstream(std::unique_ptr<transport::HttpClient> client, std::string base_url,
                                               const Timeouts &timeouts = {});

} // namespace xueshi::upstream
