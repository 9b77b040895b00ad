#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/core/identity/keys.hpp"

namespace xueshi::test {

/// terminald's control socket as far as syncd knows it: it proves possession of the signing key and takes all else.
class ControlStandIn {
public:
    /// `signer` outlives it.
    ControlStandIn(const std::filesystem::path &socket, const identity::Signer &signer, ChainId chain)
        : signer_(signer), chain_(std::move(chain)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
        ::unlink(socket.c_str()); // left by one that was killed
        if (::bind(listener_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0 ||
            ::listen(listener_.get(), 4) != 0) {
            throw std::runtime_error("control socket");
        }
        thread_ = std::thread([this] { serve(); });
    }
    ControlStandIn(const ControlStandIn &) = delete;
    ControlStandIn &operator=(const ControlStandIn &) = delete;
    ~ControlStandIn() {
        stopping_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    std::vector<std::string> verbs() {
        const std::lock_guard lock(mutex_);
        return verbs_;
    }

private:
    void serve() {
        while (!stopping_) {
            const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
            std::string line;
            char byte = 0;
            while (peer && ::read(peer.get(), &byte, 1) == 1) {
                if (byte != '\n') {
                    line += byte;
                    continue;
                }
                std::string reply = answer(line);
                reply += reply.ends_with('\n') ? "" : "\n";
                if (::send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL) < 0) {
                    break;
                }
                line.clear();
            }
        }
    }
    std::string answer(const std::string &line) {
        const auto request = control_messages::read_request(line);
        if (!request) {
            return control_messages::write_error(0, request.error());
        }
        const std::lock_guard lock(mutex_);
        verbs_.push_back(request->verb);
        json::Object result;
        if (request->verb == "prove_possession") {
            const std::string message = std::string(control_messages::kProofPurpose) + "\n" +
                                        std::string(request->arguments.at("certificate_request_pem").as_string());
            result["signing_key_pem"] = signer_.public_key_pem();
            result["suite"] = signer_.suite();
            result["key_level"] = signer_.key_level();
            result["chain"] = chain_.str();
            result["proof"] = base64(signer_.sign(as_bytes(message)).value());
        }
        return control_messages::write_result(request->id, result);
    }

    const identity::Signer &signer_;
    ChainId chain_;
    UniqueFd listener_;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::vector<std::string> verbs_;
    std::thread thread_;
};

} // namespace xueshi::test
