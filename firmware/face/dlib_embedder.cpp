// The only translation unit that includes dlib's network templates: they take 15 s and 1.1 GB to compile.
#include <algorithm>
#include <streambuf>

#include <dlfcn.h>

#include <dlib/dnn.h>
#include <fmt/format.h>
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

    Expected<void> embed(const cv::Mat &bgr, const Landmarks &landmarks, std::span<float> into) override {
        const auto crop = aligner_.crop(bgr, landmarks, dlib_template());
        if (!crop) {
            return tl::unexpected(crop.error());
        }
        try {
            fill(**crop);
            std::fill(into.begin(), into.end(), 0.0F);
            for (const auto &vector : net_(chips_)) {
                const double length = dlib::length(vector);
                for (std::size_t i = 0; i < into.size(); ++i) {
                    into[i] += static_cast<float>(vector(static_cast<long>(i)) / length);
                }
            }
            return normalise(into);
        } catch (const std::exception &exception) {
            return fail(ErrorCode::corrupt, std::string("dlib's face network cannot run: ") + exception.what());
        }
    }

    std::size_t dimension() const override { return kDimension; }

private:
    /// The crop as dlib's picture; its mirror image after it where the manifest asks for it.
    void fill(const cv::Mat &crop) {
        chips_.resize(flip_add_ ? 2 : 1);
        for (auto &chip : chips_) {
            chip.set_size(crop.rows, crop.cols);
        }
        for (int row = 0; row < crop.rows; ++row) {
            const auto *from = crop.ptr<cv::Vec3b>(row);
            for (int column = 0; column < crop.cols; ++column) {
                const dlib::rgb_pixel pixel{from[column][2], from[column][1], from[column][0]};
                chips_[0](row, column) = pixel;
                if (flip_add_) {
                    chips_[1](row, crop.cols - 1 - column) = pixel;
                }
            }
        }
    }

    bool flip_add_;
    FaceNet net_;
    Aligner aligner_;
    std::vector<dlib::matrix<dlib::rgb_pixel>> chips_;
};

} // namespace

void limit_blas_threads(int threads) {
    // dlib is linked against whatever BLAS the system chose; only OpenBLAS has this function.
    if (auto *set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads")); set != nullptr) {
        set(threads);
    }
}

Expected<std::unique_ptr<Embedder>> make_dlib_embedder(const std::string &bytes, const Model &model) {
    if (model.dimension != static_cast<int>(kDimension)) {
        return fail(ErrorCode::invalid_argument, fmt::format("model {} gives {} numbers, not {} as the manifest says",
                                                             model.name, kDimension, model.dimension));
    }
    auto embedder = std::make_unique<DlibEmbedder>(model.flip_add);
    if (auto loaded = embedder->load(bytes); !loaded) {
        return tl::unexpected(loaded.error().with_context("model " + model.name));
    }
    return embedder;
}

} // namespace xueshi::face
