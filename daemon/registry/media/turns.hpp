#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace xueshi::registry::media {

/// Of one upload the newest request goes on. Bound to the server's thread.
class Turns {
    struct Requests {
        std::uint64_t newest = 0; ///< its number
        int running = 0;
    };
    struct State {
        std::map<std::string, Requests> uploads; ///< with a request under way
        std::uint64_t last = 0;
    };

public:
    /// A request under way. Ends with its coroutine, even when that is taken down after the server: so it shares.
    class Turn {
    public:
        Turn(const Turn &) = delete;
        Turn &operator=(const Turn &) = delete;
        ~Turn() {
            if (--state_->uploads.at(upload_).running == 0) {
                state_->uploads.erase(upload_);
            }
        }
        bool is_newest() const { return state_->uploads.at(upload_).newest == number_; }

    private:
        friend class Turns;
        Turn(std::shared_ptr<State> state, std::string upload)
            : state_(std::move(state)), upload_(std::move(upload)), number_(++state_->last) {
            auto &requests = state_->uploads[upload_];
            requests.newest = number_;
            ++requests.running;
        }
        std::shared_ptr<State> state_;
        std::string upload_;
        std::uint64_t number_;
    };

    Turn take(std::string upload) { return Turn(state_, std::move(upload)); }
    /// Whatever runs for this upload is the newest no more.
    void overtake(const std::string &upload) {
        if (const auto found = state_->uploads.find(upload); found != state_->uploads.end()) {
            found->second.newest = ++state_->last;
        }
    }
    std::size_t under_way() const { return state_->uploads.size(); }

private:
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

} // namespace xueshi::registry::media
