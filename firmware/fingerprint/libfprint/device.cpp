#include "firmware/fingerprint/libfprint/device.hpp"

#include <fmt/format.h>
#include <fp-image-device.h>
#include <fprint.h>

#include "firmware/fingerprint/libfprint/print.hpp"

namespace xueshi::fingerprint {
namespace {

struct ObjectUnref {
    void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, ObjectUnref>;

struct ErrorFree {
    void operator()(GError *error) const { g_error_free(error); }
};
using GlibError = std::unique_ptr<GError, ErrorFree>;

Retry retry_of(int code) {
    switch (code) {
    case FP_DEVICE_RETRY_TOO_SHORT:
        return Retry::too_short;
    case FP_DEVICE_RETRY_CENTER_FINGER:
        return Retry::centre;
    case FP_DEVICE_RETRY_REMOVE_FINGER:
        return Retry::remove_and_retry;
    default: // general: libfprint says it of a picture without any minutia
        return Retry::too_few_minutiae;
    }
}

Scan failed_scan(const GError &error) {
    if (g_error_matches(&error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        return {.outcome = Scan::Outcome::cancelled};
    }
    if (error.domain == FP_DEVICE_RETRY) {
        return {.outcome = Scan::Outcome::retry, .retry = retry_of(error.code)};
    }
    return {.outcome = Scan::Outcome::lost, .why = error.message};
}

Scan scan_of(FpPrint *print) {
    guchar *data = nullptr;
    gsize size = 0;
    GError *raw_error = nullptr;
    if (print == nullptr || fp_print_serialize(print, &data, &size, &raw_error) == FALSE) {
        const GlibError error(raw_error);
        return {.outcome = Scan::Outcome::lost, .why = error ? error->message : "the driver hands back no print"};
    }
    const std::unique_ptr<guchar, decltype(&g_free)> owned(data, g_free);
    auto impression = parse_serialized_print({data, size});
    if (!impression) {
        return {.outcome = Scan::Outcome::lost, .why = impression.error().message};
    }
    return {.outcome = Scan::Outcome::impression, .impression = std::move(*impression)};
}

class FprintDevice final : public Device {
public:
    FprintDevice(Object<FpContext> context, FpDevice *device)
        : context_(std::move(context)), device_(FP_DEVICE(g_object_ref(device))), cancellable_(g_cancellable_new()),
          driver_(fp_device_get_driver(device)) {}
    ~FprintDevice() override { close(); }

    const std::string &driver() const override { return driver_; }
    int enrol_stages() const override { return fp_device_get_nr_enroll_stages(device_.get()); }

    Expected<void> open() override {
        cancellable_.reset(g_cancellable_new());
        GError *raw_error = nullptr;
        if (fp_device_open_sync(device_.get(), cancellable_.get(), &raw_error) == FALSE) {
            const GlibError error(raw_error);
            return fail(ErrorCode::unavailable, fmt::format("open fingerprint reader {}: {}", driver_, error->message));
        }
        return {};
    }

    void close() override {
        if (fp_device_is_open(device_.get()) == TRUE) {
            GError *raw_error = nullptr;
            fp_device_close_sync(device_.get(), nullptr, &raw_error);
            const GlibError error(raw_error); // an unplugged reader cannot be closed, and need not be
        }
    }

    /// Identification against nobody: capture would give a picture whose minutiae have no public direction, while the
    /// scanned print that identify hands back has it when serialised.
    Scan scan() override {
        const std::unique_ptr<GPtrArray, decltype(&g_ptr_array_unref)> nobody(
            g_ptr_array_new_with_free_func(g_object_unref), g_ptr_array_unref);
        FpPrint *raw_print = nullptr;
        GError *raw_error = nullptr;
        fp_device_identify_sync(device_.get(), nobody.get(), cancellable_.get(), nullptr, nullptr, nullptr, &raw_print,
                                &raw_error);
        const Object<FpPrint> print(raw_print);
        const GlibError error(raw_error);
        return error ? failed_scan(*error) : scan_of(print.get());
    }

    void cancel() override { g_cancellable_cancel(cancellable_.get()); }

private:
    Object<FpContext> context_; // owns the enumeration that the device belongs to
    Object<FpDevice> device_;
    Object<GCancellable> cancellable_;
    std::string driver_;
};

} // namespace

Expected<std::unique_ptr<Device>> Device::find(const std::string &driver) {
    Object<FpContext> context(fp_context_new());
    GPtrArray *devices = fp_context_get_devices(context.get());
    std::string others;
    for (guint i = 0; devices != nullptr && i < devices->len; ++i) {
        FpDevice *device = FP_DEVICE(g_ptr_array_index(devices, i));
        const std::string name = fp_device_get_driver(device);
        const bool gives_pictures = FP_IS_IMAGE_DEVICE(device) == TRUE;
        if (gives_pictures && (driver.empty() || name == driver)) {
            return std::make_unique<FprintDevice>(std::move(context), device);
        }
        others += fmt::format("{}{}{}", others.empty() ? "" : ", ", name, gives_pictures ? "" : " (no pictures)");
    }
    return fail(ErrorCode::not_found, fmt::format("no fingerprint reader with driver \"{}\"; there is: {}",
                                                  driver.empty() ? "any" : driver, others.empty() ? "none" : others));
}

} // namespace xueshi::fingerprint
