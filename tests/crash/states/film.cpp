#include "tests/crash/states/film.hpp"

#include <stdexcept>

#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::test::crash {

std::vector<recorder::UnitPtr> make_film() {
    namespace gst = camera::gst;
    auto pipeline = gst::Pipeline::parse(
        "videotestsrc num-buffers=20 pattern=ball ! video/x-raw,format=I420,width=160,height=120,framerate=10/1 ! "
        "x264enc tune=zerolatency key-int-max=10 bitrate=100 ! h264parse ! "
        "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=out sync=false");
    if (!pipeline || !pipeline->play()) {
        throw std::runtime_error("no H.264 encoder");
    }
    std::vector<recorder::UnitPtr> film;
    const auto out = pipeline->element("out");
    for (;;) {
        const auto sample = gst::pull(*pipeline, out, std::chrono::seconds(20));
        if (!sample) {
            throw std::runtime_error(sample.error().message);
        }
        if (!*sample) {
            return film;
        }
        camera::Unit unit;
        unit.data = gst::bytes_of(*sample);
        const auto number = static_cast<std::int64_t>(film.size());
        unit.key_frame = number == 0;
        unit.pts_ns = number * 100'000'000;
        unit.duration_ns = 100'000'000;
        unit.captured.boot_id = "11111111-2222-4333-8444-555555555555";
        unit.captured.boot_ms = 1'000 + 100 * number;
        film.push_back(std::make_shared<const camera::Unit>(std::move(unit)));
    }
}

} // namespace xueshi::test::crash
