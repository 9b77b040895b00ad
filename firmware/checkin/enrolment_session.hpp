#pragma once

#include "firmware/checkin/enrolment.hpp"

namespace xueshi::checkin {

/// One enrolment at a time: holds the place, and gives camera and reader back to the check-in.
class Enrolment::Session {
public:
    static Expected<Session> begin(Enrolment &enrolment) {
        if (enrolment.busy_) {
            return fail(ErrorCode::conflict, "another enrolment is going on");
        }
        return Session(enrolment);
    }
    Session(Session &&other) noexcept : enrolment_(std::exchange(other.enrolment_, nullptr)) {}
    Session &operator=(Session &&) = delete;
    ~Session() {
        if (enrolment_ != nullptr) {
            enrolment_->busy_ = enrolment_->wants_faces_ = enrolment_->wants_fingers_ = false;
            enrolment_->reports_.clear();
            enrolment_->wants_close_up_ = false;
            enrolment_->drop_close_up();
            enrolment_->impressions_.clear();
            enrolment_->retries_.clear();
            enrolment_->stages_.clear();
            enrolment_->ended_.reset();
        }
    }

private:
    explicit Session(Enrolment &enrolment) : enrolment_(&enrolment) { enrolment.busy_ = true; }
    Enrolment *enrolment_;
};

} // namespace xueshi::checkin
