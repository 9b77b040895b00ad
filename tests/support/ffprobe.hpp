#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "firmware/core/base/json.hpp"

/// A film as a player of others sees it: ffprobe of Debian's ffmpeg.
namespace xueshi::test {

struct Packet {
    double pts = 0, dts = 0, duration = 0; ///< seconds
};

struct Probed {
    double duration = 0;                                ///< seconds, of the whole file
    std::map<std::string, std::vector<Packet>> packets; ///< by codec: "h264", "aac"
    std::string complaints;                             ///< what ffprobe wrote to stderr
};

inline std::string output_of(const std::string &command) {
    FILE *pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error("popen");
    }
    std::string output;
    char buffer[65'536];
    for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
        output.append(buffer, got);
    }
    if (::pclose(pipe) == 127 << 8) {
        throw std::runtime_error("not installed: " + command);
    }
    return output;
}

inline Probed probe(const std::filesystem::path &film) {
    const auto errors = film.string() + ".ffprobe";
    const auto text = output_of("ffprobe -v warning -show_streams -show_format -show_packets -of json '" +
                                film.string() + "' 2>'" + errors + "'");
    const auto parsed = json::parse(text, {64u << 20, 16});
    if (!parsed) {
        throw std::runtime_error("ffprobe: " + parsed.error().message + ": " + text.substr(0, 200));
    }
    const auto &root = parsed->as_object();
    const auto number = [](const json::Object &object, const char *key) {
        return std::stod(std::string(object.at(key).as_string()));
    };
    Probed probed;
    probed.complaints = output_of("cat '" + errors + "'");
    std::filesystem::remove(errors);
    probed.duration = number(root.at("format").as_object(), "duration");
    std::map<std::int64_t, std::string> codecs;
    for (const auto &stream : root.at("streams").as_array()) {
        codecs[stream.at("index").as_int64()] = stream.at("codec_name").as_string();
    }
    for (const auto &value : root.at("packets").as_array()) {
        const auto &packet = value.as_object();
        probed.packets[codecs.at(packet.at("stream_index").as_int64())].push_back(
            {number(packet, "pts_time"), number(packet, "dts_time"), number(packet, "duration_time")});
    }
    return probed;
}

} // namespace xueshi::test
