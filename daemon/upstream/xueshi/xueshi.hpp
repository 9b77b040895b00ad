#pragma once

#include <memory>
#include <string>

#include "daemon/transport/http_client.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::upstream {

/// Speaks daemon/wire/openapi.yaml. `base_url` is the device listener, such as https://registry.example:8443.
std::unique_ptr<Upstream> make_xueshi_upstream(std::unique_ptr<transport::HttpClient> client, std::string base_url);

} // namespace xueshi::upstream
