#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/registryctl/api.hpp"

/// One function a subcommand: asks the registry and gives what is printed.
namespace xueshi::registryctl {

/// Files a class; a roster in GBK, GB18030 or UTF-16 is sent as UTF-8.
Expected<std::string> import_class(Api &api, const std::filesystem::path &plan, const std::filesystem::path &roster);
/// The token is the last word.
Expected<std::string> make_device_token(Api &api, const std::string &institution, const std::string &room,
                                        std::int64_t valid_hours);
/// The token is the last word. Either an institution or a region.
Expected<std::string> make_bureau_token(Api &api, const std::string &name, const std::string &institution,
                                        const std::string &region, const std::vector<std::string> &scopes);
Expected<std::string> approve(Api &api, const std::string &code, const std::string &institution,
                              const std::string &room);
Expected<std::string> revoke(Api &api, const std::string &device);
/// Ends a quarantine; the reason is kept with its date.
Expected<std::string> release(Api &api, const std::string &device, const std::string &reason);
/// `as_json`: the registry's answer; else a table for people.
Expected<std::string> attendance(Api &api, const std::string &class_id, bool as_json);
Expected<std::string> punches(Api &api, const std::string &class_id, const std::string &institution, bool as_json);
/// What people ask the bureau to decide; `class_id` empty: of all classes.
Expected<std::string> requests(Api &api, const std::string &class_id, const std::string &institution, bool as_json);
Expected<std::string> devices(Api &api, bool as_json);

/// Orders something of a terminal.
struct DeviceOrder {
    std::string device, kind;
    std::string clip, chain;                         ///< of send_clip; of resend_range
    std::string class_id;                            ///< of reverify, with `draw`
    std::int64_t draw = 0;                           ///< of reverify, in place of `people`; 0: none
    std::vector<std::string> people;                 ///< of reverify
    std::vector<std::string> clip_hours, film_hours; ///< of set_policy
    std::int64_t first = 0, last = 0;                ///< of resend_range
    std::int64_t max_kbytes_per_s = -1;              ///< of set_policy; -1: as configured
    std::int64_t valid_minutes = 60;
};
Expected<std::string> order_command(Api &api, const DeviceOrder &order);
/// What was ordered of it, by whom, and what came of it.
Expected<std::string> device_commands(Api &api, const std::string &device, bool as_json);

} // namespace xueshi::registryctl
