#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/kiosk/role.hpp"

namespace xueshi::kiosk {

/// What the kiosk's own verbs ask of the program around it; arguments and results are those of README.md. Arguments are
/// read strictly. `operator_name` goes into events.
class Desk {
public:
    virtual ~Desk() = default;
    virtual Expected<json::Object> receipt(const json::Object &arguments) = 0;
    virtual Expected<json::Object> names() = 0;
    virtual Expected<json::Object> lesson() = 0;
    virtual Expected<json::Object> claims() = 0;
    virtual Expected<json::Object> plan() = 0;
    virtual Expected<json::Object> pick_lesson(const json::Object &arguments, const std::string &operator_name) = 0;
    virtual Expected<json::Object> changes() = 0;
    virtual Expected<json::Object> request_change(const json::Object &arguments, const std::string &operator_name) = 0;
    virtual Expected<json::Object> people() = 0;
    /// Has the files heard one after the other from the terminal's loudspeaker, in place of what it says now. `said` is
    /// called once, in the loop: `cancelled` by a newer sentence, `unsupported` without a loudspeaker.
    virtual void say(std::vector<std::filesystem::path> files, std::function<void(const Expected<void> &)> said) = 0;
    /// Whoever stands at the screen puts the terminal up, and the role never had a PIN: its first is chosen here.
    virtual bool may_choose_pin(Role role) = 0;
    /// There is a page more: the status is to be shown now, and not only with the next second.
    virtual void page_opened() = 0;
    /// A login, a wrong PIN, a PIN that was set: a fact of the chain.
    virtual void note_operator_action(json::Object data) = 0;
};

} // namespace xueshi::kiosk
