// The only translation unit that includes dlib's network templates: they take 15 s and 1.1 GB to compile.
#include <algorithm>
#include <functional>
#include <streambuf>

#include <dlfcn.h>

#include <dlib/dnn.h>
#include <opencv2/core.hpp>

#include "firmware/face/embed.hpp"

namespace xueshi::face {

namespace {

// The layers of dlib's dnn_face_recognition_ex.cpp (Boost licence): the file holds only their parameters.
template <template <int, template <typename> class, int, typename> class block, int N, template <typename> class BN,
          typename SUBNET>
using residual = dlib::add_prev1<block<N, BN, 1, dlib::tag1<SUBNET>>>;
template <template <int, template <typename> class, int, typename> class block, int N, template <typename> class BN,
          typename SUBNET>
using residual_down =
    dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<block<N, BN, 2, dlib::tag1<SUBNET>>>>>>;
template <int N, template <typename> class BN, int stride, typename SUBNET>
using block = BN<dlib::con<N, 3, 3, 1, 1, dlib::relu<BN<dlib::con<N, 3, 3, stride, stride, SUBNET>>>>>;
template <int N, typename SUBNET>
using ares = dlib::relu<residual<block, N, dlib::affine, SUBNET>>;
template <int N, typename SUBNET>
using ares_down = dlib::relu<residual_down<block, N, dlib::affine, SUBNET>>;
template <typename SUBNET>
using level0 = ares_down<256, SUBNET>;
template <typename SUBNET>
using level1 = ares<256, ares<256, ares_down<256, SUBNET>>>;
template <typename SUBNET>
using level2 = ares<128, ares<128, ares_down<128, SUBNET>>>;
template <typename SUBNET>
using level3 = ares<64, ares<64, ares<64, ares_down<64, SUBNET>>>>;
template <typename SUBNET>
using level4 = ares<32, ares<32, ares<32, SUBNET>>>;
using FaceNet = dlib::loss_metric<dlib::fc_no_bias<
    128, dlib::avg_pool_everything<level0<level1<level2<level3<level4<dlib::max_pool<
             3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, dlib::input_rgb_image_sized<150>>>>>>>>>>>>>;

constexpr std::size_t kDimension = 128;

/// Reads from memory without a copy.
class MemoryBuffer : public std::streambuf {
public:
    explicit MemoryBuffer(const std::string &bytes) {
        auto *begin = const_cast<char *>(bytes.data()); // a streambuf that is only read from never writes
        setg(begin, begin, begin + bytes.size());
    }
};

class DlibEmbedder : public Embedder {
public:
    explicit DlibEmbedder(bool flip_add) : flip_add_(flip_add) {}

    Expected<void> load(const std::string &bytes) {
        try {
            MemoryBuffer buffer(bytes);
            std::istream stream(&buffer);
            dlib::deserialize(net_, stream);
            return {};
        } catch (const std::exception &exception) {
            return fail(ErrorCode::corrupt, std::string("dlib's face network cannot be read: ") + exception.what());
        }
    }

    Expected<Embedding> embed(const cv::Mat &bgr, const Landmarks &landmarks) override {
        const auto crop = aligned_crop(bgr, landmarks, dlib_template());
        if (!crop) {
            return tl::unexpected(crop.error());
        }
        try {
            std::vector<dlib::matrix<dlib::rgb_pixel>> chips{chip(*crop)};
            if (flip_add_) {
                chips.push_back(dlib::fliplr(chips.front()));
            }
            Embedding sum(kDimension, 0);
            for (const auto &vector : net_(chips)) {
                const auto part = normalised(Embedding(vector.begin(), vector.end()));
                if (!part) {
                    return part;
                }
                std::transform(sum.begin(), sum.end(), part->begin(), sum.begin(), std::plus<>());
            }
            return normalised(std::move(sum));
        } catch (const std::exception &exception) {
            return fail(ErrorCode::corrupt, std::string("dlib's face network cannot run: ") + exception.what());
        }
    }

    std::size_t dimension() const override { return kDimension; }

private:
    static dlib::matrix<dlib::rgb_pixel> chip(const cv::Mat &crop) {
        dlib::matrix<dlib::rgb_pixel> pixels(crop.rows, crop.cols);
        for (int row = 0; row < crop.rows; ++row) {
            const auto *from = crop.ptr<cv::Vec3b>(row);
            for (int column = 0; column < crop.cols; ++column) {
                pixels(row, column) = {from[column][2], from[column][1], from[column][0]};
            }
        }
        return pixels;
    }

    bool flip_add_;
    FaceNet net_;
};

} // namespace

void limit_blas_threads(int threads) {
    // dlib is linked against whatever BLAS the system chose; only OpenBLAS has this function.
    if (auto *set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads")); set != nullptr) {
        set(threads);
    }
}

Expected<std::unique_ptr<Embedder>> make_dlib_embedder(const std::string &bytes, const Model &model) {
    auto embedder = std::make_unique<DlibEmbedder>(model.flip_add);
    if (auto loaded = embedder->load(bytes); !loaded) {
        return tl::unexpected(loaded.error().with_context("model " + model.name));
    }
    return embedder;
}

} // namespace xueshi::face
