// By itself because of dlib's templates. The layers are written down once more, and not taken from firmware/face: what
// ours is held against must not be ours.
#include "tests/bench/face/bare_dlib.hpp"

#include <memory>

#include <dlib/dnn.h>

namespace xueshi::bench {

namespace {

// dlib's dnn_face_recognition_ex.cpp (Boost licence).
template <int N, int stride, typename SUBNET>
using layers =
    dlib::affine<dlib::con<N, 3, 3, 1, 1, dlib::relu<dlib::affine<dlib::con<N, 3, 3, stride, stride, SUBNET>>>>>;
template <int N, typename SUBNET>
using same = dlib::relu<dlib::add_prev1<layers<N, 1, dlib::tag1<SUBNET>>>>;
template <int N, typename SUBNET>
using half =
    dlib::relu<dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<layers<N, 2, dlib::tag1<SUBNET>>>>>>>;
template <typename SUBNET>
using first = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, SUBNET>>>>;
template <typename SUBNET>
using of_32_and_64 = same<64, same<64, same<64, half<64, same<32, same<32, same<32, SUBNET>>>>>>>;
template <typename SUBNET>
using of_128_and_256 = half<256, same<256, same<256, half<256, same<128, same<128, half<128, SUBNET>>>>>>>;
using FaceNet = dlib::loss_metric<dlib::fc_no_bias<
    128, dlib::avg_pool_everything<of_128_and_256<of_32_and_64<first<dlib::input_rgb_image_sized<150>>>>>>>;

constexpr long kSide = 150;

} // namespace

Expected<std::function<void()>> load_bare_dlib(const std::filesystem::path &file) {
    try {
        auto net = std::make_shared<FaceNet>(); // shared because a function is copyable
        dlib::deserialize(file.string()) >> *net;
        dlib::matrix<dlib::rgb_pixel> crop(kSide, kSide);
        dlib::assign_all_pixels(crop, dlib::rgb_pixel(130, 110, 90));
        return [net, crop] { (void)(*net)(crop); };
    } catch (const std::exception &exception) {
        return fail(ErrorCode::corrupt, file.string() + ": " + exception.what());
    }
}

} // namespace xueshi::bench
