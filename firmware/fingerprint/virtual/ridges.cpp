#include "firmware/fingerprint/virtual/ridges.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/core.hpp>
#include <opencv2/core/hal/intrin.hpp>

namespace xueshi::fingerprint {
namespace {

constexpr int kRadius = 7;
constexpr int kRows = 2 * kRadius + 1;
constexpr int kColumns = 16; // one more than needed, nought: four vectors of four
constexpr int kDirections = 64;
constexpr int kPeriods = 16;
constexpr double kShortestPeriod = 7, kLongestPeriod = 12;
constexpr double kEnvelope = 3.2; // pixels
constexpr float kGain = 3;        // so that most of a grown ridge is clipped

using Kernel = std::array<float, kRows * kColumns>;

Kernel make_kernel(double direction, double period) {
    Kernel kernel{};
    double sum = 0, weight = 0;
    for (int y = -kRadius; y <= kRadius; ++y) {
        for (int x = -kRadius; x <= kRadius; ++x) {
            const double across = x * std::sin(direction) + y * std::cos(direction); // y grows downwards
            const double envelope = std::exp(-(x * x + y * y) / (2 * kEnvelope * kEnvelope));
            const double value = envelope * std::cos(2 * std::numbers::pi * across / period);
            kernel[static_cast<std::size_t>((y + kRadius) * kColumns + x + kRadius)] = static_cast<float>(value);
            sum += value;
            weight += envelope;
        }
    }
    double power = 0;
    for (int y = -kRadius; y <= kRadius; ++y) { // no answer to even grey
        for (int x = -kRadius; x <= kRadius; ++x) {
            float &value = kernel[static_cast<std::size_t>((y + kRadius) * kColumns + x + kRadius)];
            const double envelope = std::exp(-(x * x + y * y) / (2 * kEnvelope * kEnvelope));
            value -= static_cast<float>(sum * envelope / weight);
            power += std::abs(value);
        }
    }
    for (float &value : kernel) {
        value *= kGain / static_cast<float>(power);
    }
    return kernel;
}

class KernelBank {
public:
    KernelBank() {
        for (int d = 0; d < kDirections; ++d) {
            for (int p = 0; p < kPeriods; ++p) {
                kernels_.push_back(make_kernel(d * std::numbers::pi / kDirections,
                                               kShortestPeriod + p * (kLongestPeriod - kShortestPeriod) / kPeriods));
            }
        }
    }
    const Kernel &nearest(float direction, float period) const {
        const auto turns = std::lround(direction * kDirections / std::numbers::pi);
        const auto d = static_cast<int>((turns % kDirections + kDirections) % kDirections);
        const auto step = std::lround((period - kShortestPeriod) * kPeriods / (kLongestPeriod - kShortestPeriod));
        const auto p = static_cast<int>(std::clamp(step, 0L, kPeriods - 1L));
        return kernels_[static_cast<std::size_t>(d * kPeriods + p)];
    }

private:
    std::vector<Kernel> kernels_;
};

/// `corner` points at the upper left of the kernel's window.
float filtered(const float *corner, std::size_t stride, const Kernel &kernel) {
    cv::v_float32x4 sum = cv::v_setzero_f32();
    const float *weight = kernel.data();
    for (int row = 0; row < kRows; ++row, corner += stride) {
        for (int column = 0; column < kColumns; column += 4, weight += 4) {
            sum = cv::v_muladd(cv::v_load(corner + column), cv::v_load(weight), sum);
        }
    }
    return cv::v_reduce_sum(sum);
}

/// With a border of noughts, so that a window never leaves it.
struct Padded {
    int width, height;
    std::size_t stride;
    std::vector<float> values;

    explicit Padded(const Field &field)
        : width(field.width), height(field.height), stride(static_cast<std::size_t>(width + kColumns)),
          values(stride * static_cast<std::size_t>(height + kRows)) {}
    float *corner(int x, int y) { return values.data() + static_cast<std::size_t>(y) * stride + x; }
    void load(const Field &field) {
        for (int y = 0; y < height; ++y) {
            std::copy_n(field.values.data() + y * width, width, corner(kRadius, y + kRadius));
        }
    }
};

} // namespace

Field grow_ridges(Field noise, const Field &direction, const Field &period, int rounds) {
    static const KernelBank bank;
    Padded padded(noise);
    for (int round = 0; round < rounds; ++round) {
        padded.load(noise);
        for (int y = 0; y < noise.height; ++y) {
            for (int x = 0; x < noise.width; ++x) {
                const Kernel &kernel = bank.nearest(direction.at(x, y), period.at(x, y));
                noise.at(x, y) = std::clamp(filtered(padded.corner(x, y), padded.stride, kernel), -1.0F, 1.0F);
            }
        }
    }
    return noise;
}

} // namespace xueshi::fingerprint
