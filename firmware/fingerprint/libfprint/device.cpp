#include "firmware/fingerprint/libfprint/device.hpp"

#include <fmt/format.h>
#include <fp-image-device.h>
#include <fprint.h>

#include "firmware/fingerprint/libfprint/print.hpp"
#include "firmware/fingerprint/limits.hpp"

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

/// Too few or too many minutiae to be a finger well laid on.
Retry retry_of(const Impression &impression) {
    return impression.size() < kLeastMinutiae  ? Retry::too_few_minutiae
           : impression.size() > kMostMinutiae ? Retry::too_many_minutiae
                                               : Retry::none;
}

Scan failed_scan(const GError &error) {
    if (g_error_matches(&error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        return {.outcome = Scan::Outcome::cancelled};
    }
    if (g_error_matches(&error, FP_DEVICE_ERROR, FP_DEVICE_ERROR_TOO_HOT)) {
        return {.outcome = Scan::Outcome::too_hot};
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
    auto impressions = parse_serialized_print({data, size});
    if (!impressions) {
        return {.outcome = Scan::Outcome::lost, .why = impressions.error().message};
    }
    Impression &impression = impressions->front();
    const Retry retry = retry_of(impression);
    return {.outcome = retry == Retry::none ? Scan::Outcome::impression : Scan::Outcome::retry,
            .impression = std::move(impression),
            .retry = retry};
}

ErrorCode code_of(const GError &error) {
    if (g_error_matches(&error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        return ErrorCode::cancelled;
    }
    if (error.domain != FP_DEVICE_ERROR) {
        return ErrorCode::unavailable;
    }
    switch (error.code) {
    case FP_DEVICE_ERROR_DATA_FULL:
        return ErrorCode::no_space;
    case FP_DEVICE_ERROR_DATA_DUPLICATE:
        return ErrorCode::already_exists;
    case FP_DEVICE_ERROR_DATA_NOT_FOUND:
        return ErrorCode::not_found;
    case FP_DEVICE_ERROR_NOT_SUPPORTED:
        return ErrorCode::unsupported;
    default:
        return ErrorCode::unavailable;
    }
}

tl::unexpected<Error> failed(const char *what, GError *error) {
    const GlibError owned(error);
    return fail(code_of(*error), fmt::format("fingerprint reader, {}: {}", what, error->message));
}

Expected<Bytes> serialize(FpPrint *print) {
    guchar *data = nullptr;
    gsize size = 0;
    GError *error = nullptr;
    if (fp_print_serialize(print, &data, &size, &error) == FALSE) {
        return failed("write a print", error);
    }
    const std::unique_ptr<guchar, decltype(&g_free)> owned(data, g_free);
    return Bytes(data, data + size);
}

/// Of bozorth3's enrolment, whose impressions libfprint takes as they come.
Expected<void> check_minutiae(ByteView serialized) {
    const auto impressions = parse_serialized_print(serialized);
    if (!impressions) {
        return tl::unexpected(impressions.error());
    }
    for (const Impression &impression : *impressions) {
        if (retry_of(impression) != Retry::none) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("an impression has {} minutiae; {} to {} are plausible", impression.size(),
                                    kLeastMinutiae, kMostMinutiae));
        }
    }
    return {};
}

Expected<Object<FpPrint>> deserialize(ByteView bytes) {
    GError *error = nullptr;
    Object<FpPrint> print(fp_print_deserialize(bytes.data(), bytes.size(), &error));
    if (!print) {
        return failed("read a print", error);
    }
    return print;
}

class FprintDevice final : public Device {
public:
    FprintDevice(Object<FpContext> context, FpDevice *device, bool bozorth3)
        : context_(std::move(context)), device_(FP_DEVICE(g_object_ref(device))), waiting_(g_cancellable_new()),
          driver_(fp_device_get_driver(device)), gives_pictures_(FP_IS_IMAGE_DEVICE(device) == TRUE),
          gives_minutiae_(gives_pictures_ && !bozorth3) {}
    ~FprintDevice() override { close(); }

    const std::string &driver() const override { return driver_; }

    Capabilities capabilities() const override {
        return {.gives_minutiae = gives_minutiae_,
                .matches_itself = !gives_minutiae_,
                .identifies = has(FP_DEVICE_FEATURE_IDENTIFY),
                .stores_templates = has(FP_DEVICE_FEATURE_STORAGE),
                .enrol_stages = fp_device_get_nr_enroll_stages(device_.get()),
                .capacity = 0};
    }

    Heat heat() const override {
        switch (fp_device_get_temperature(device_.get())) {
        case FP_TEMPERATURE_COLD:
            return Heat::cold;
        case FP_TEMPERATURE_WARM:
            return Heat::warm;
        default:
            return Heat::hot;
        }
    }

    Expected<void> open() override {
        cancelled_ = false;
        waiting_.reset(g_cancellable_new());
        GError *error = nullptr;
        if (fp_device_open_sync(device_.get(), waiting_.get(), &error) == FALSE) {
            const GlibError owned(error);
            return fail(ErrorCode::unavailable, fmt::format("open fingerprint reader {}: {}", driver_, error->message));
        }
        return {};
    }

    void close() override {
        if (fp_device_is_open(device_.get()) == TRUE) {
            GError *error = nullptr;
            fp_device_close_sync(device_.get(), nullptr, &error);
            const GlibError owned(error); // an unplugged reader cannot be closed, and need not be
        }
    }

    Scan scan(std::chrono::milliseconds at_most) override {
        if (cancelled_) {
            return {.outcome = Scan::Outcome::cancelled};
        }
        waiting_.reset(g_cancellable_new());
        const guint timer = g_timeout_add(static_cast<guint>(at_most.count()), end_if_nobody_is_there, this);
        timed_out_ = false;
        Scan scan = gives_minutiae_ ? scan_minutiae() : scan_for_prints();
        if (!timed_out_) {
            g_source_remove(timer);
        }
        if (scan.outcome == Scan::Outcome::cancelled && !cancelled_) {
            scan.outcome = Scan::Outcome::nothing;
        }
        return scan;
    }

    Expected<void> set_prints(const std::vector<ReaderPrint> &prints) override {
        prints_.clear();
        std::string unreadable;
        for (const ReaderPrint &stored : prints) {
            auto print = deserialize(stored.data);
            if (print && fp_print_compatible(print->get(), device_.get()) == TRUE) {
                prints_.push_back({stored.label, std::move(*print)});
            } else {
                unreadable = print ? "taken with another kind of reader" : print.error().message;
            }
        }
        return unreadable.empty() ? Expected<void>{} : fail(ErrorCode::invalid_argument, unreadable);
    }

    Expected<ReaderPrint> enrol(const std::string &label, const Progress &progress) override {
        waiting_.reset(g_cancellable_new());
        FpPrint *wanted = fp_print_new(device_.get()); // floating: the order takes it
        fp_print_set_username(wanted, label.c_str());
        fp_print_set_description(wanted, label.c_str());
        GError *error = nullptr;
        const Object<FpPrint> print(fp_device_enroll_sync(device_.get(), wanted, waiting_.get(), tell_progress,
                                                          const_cast<Progress *>(&progress), &error));
        if (!print) {
            return failed("enrol", error);
        }
        auto data = serialize(print.get());
        if (!data) {
            return tl::unexpected(data.error());
        }
        if (auto plausible = gives_pictures_ ? check_minutiae(*data) : Expected<void>(); !plausible) {
            return tl::unexpected(plausible.error());
        }
        return ReaderPrint{label, std::move(*data)};
    }

    Expected<void> forget(const ReaderPrint &stored) override {
        const auto wanted = must_delete(has(FP_DEVICE_FEATURE_STORAGE), has(FP_DEVICE_FEATURE_STORAGE_DELETE));
        if (!wanted) {
            return tl::unexpected(wanted.error());
        }
        if (!*wanted) {
            return {};
        }
        auto print = deserialize(stored.data);
        if (!print) {
            return tl::unexpected(print.error());
        }
        GError *error = nullptr;
        if (fp_device_delete_print_sync(device_.get(), print->get(), nullptr, &error) == FALSE) {
            return failed("erase a print", error);
        }
        return {};
    }

    void cancel() override {
        cancelled_ = true;
        g_cancellable_cancel(waiting_.get());
    }

    void interrupt() override { g_cancellable_cancel(waiting_.get()); }

    void make_room() override {
        if (!works_on_picture()) {
            interrupt();
        }
    }

private:
    struct Known {
        std::string label;
        Object<FpPrint> print;
    };

    bool has(FpDeviceFeature feature) const { return fp_device_has_feature(device_.get(), feature) == TRUE; }

    /// An image device that needs no finger works on a picture, which cancelling would lose.
    bool works_on_picture() const {
        return FP_IS_IMAGE_DEVICE(device_.get()) == TRUE &&
               (fp_device_get_finger_status(device_.get()) & FP_FINGER_STATUS_NEEDED) == 0;
    }

    static gboolean end_if_nobody_is_there(gpointer data) {
        auto &self = *static_cast<FprintDevice *>(data);
        const bool present = (fp_device_get_finger_status(self.device_.get()) & FP_FINGER_STATUS_PRESENT) != 0;
        if (self.heat() == Heat::cold || self.works_on_picture() || present) {
            return G_SOURCE_CONTINUE; // looked at again as much later
        }
        self.timed_out_ = true;
        g_cancellable_cancel(self.waiting_.get());
        return G_SOURCE_REMOVE;
    }

    static void tell_progress(FpDevice *, gint done, FpPrint *, gpointer data, GError *error) {
        (*static_cast<const Progress *>(data))(done, error == nullptr ? Retry::none : retry_of(error->code));
    }

    /// Identification against nobody: capture would give a picture whose minutiae have no public direction, while the
    /// scanned print that identify hands back has it when serialised.
    Scan scan_minutiae() {
        const std::unique_ptr<GPtrArray, decltype(&g_ptr_array_unref)> nobody(
            g_ptr_array_new_with_free_func(g_object_unref), g_ptr_array_unref);
        FpPrint *raw_print = nullptr;
        GError *raw_error = nullptr;
        fp_device_identify_sync(device_.get(), nobody.get(), waiting_.get(), nullptr, nullptr, nullptr, &raw_print,
                                &raw_error);
        const Object<FpPrint> print(raw_print);
        const GlibError error(raw_error);
        return error ? failed_scan(*error) : scan_of(print.get());
    }

    Scan scan_for_prints() { return has(FP_DEVICE_FEATURE_IDENTIFY) ? identify() : verify(); }

    Scan identify() {
        const std::unique_ptr<GPtrArray, decltype(&g_ptr_array_unref)> gallery(g_ptr_array_new(), g_ptr_array_unref);
        for (const Known &known : prints_) {
            g_ptr_array_add(gallery.get(), known.print.get());
        }
        FpPrint *raw_match = nullptr, *raw_print = nullptr;
        GError *raw_error = nullptr;
        fp_device_identify_sync(device_.get(), gallery.get(), waiting_.get(), nullptr, nullptr, &raw_match, &raw_print,
                                &raw_error);
        const Object<FpPrint> match(raw_match), print(raw_print);
        const GlibError error(raw_error);
        if (error) {
            return failed_scan(*error);
        }
        Scan scan{.outcome = Scan::Outcome::matched};
        if (gives_pictures_) { // bozorth3 would match a print of very many minutiae with anybody
            if (auto seen = scan_of(print.get()); seen.outcome != Scan::Outcome::impression) {
                return seen;
            }
        }
        for (const Known &known : prints_) {
            if (match && (known.print.get() == match.get() || fp_print_equal(known.print.get(), match.get()) == TRUE)) {
                scan.label = known.label;
                break;
            }
        }
        return scan;
    }

    /// A device that cannot identify says of one print whether it is this: of the first one set.
    Scan verify() {
        if (prints_.empty()) {
            return {.outcome = Scan::Outcome::nothing};
        }
        gboolean match = FALSE;
        FpPrint *raw_print = nullptr;
        GError *raw_error = nullptr;
        fp_device_verify_sync(device_.get(), prints_.front().print.get(), waiting_.get(), nullptr, nullptr, &match,
                              &raw_print, &raw_error);
        const Object<FpPrint> print(raw_print);
        const GlibError error(raw_error);
        if (error) {
            return failed_scan(*error);
        }
        return {.outcome = Scan::Outcome::matched, .label = match == TRUE ? prints_.front().label : ""};
    }

    Object<FpContext> context_; // owns the enumeration that the device belongs to
    Object<FpDevice> device_;
    Object<GCancellable> waiting_; // of the scan or enrolment that waits
    std::string driver_;
    bool gives_pictures_;
    bool gives_minutiae_; ///< false of a picture reader: bozorth3 decides
    bool cancelled_ = false, timed_out_ = false;
    std::vector<Known> prints_;
};

} // namespace

Expected<bool> must_delete(bool keeps_prints, bool deletes_prints) {
    if (keeps_prints && !deletes_prints) {
        return fail(ErrorCode::unsupported, "this reader keeps prints and cannot delete one");
    }
    return deletes_prints;
}

Expected<std::unique_ptr<Device>> Device::find(const LibfprintOptions &options) {
    Object<FpContext> context(fp_context_new());
    GPtrArray *devices = fp_context_get_devices(context.get());
    std::string there;
    FpDevice *found = nullptr, *identifies = nullptr;
    for (guint i = 0; devices != nullptr && i < devices->len; ++i) {
        FpDevice *device = FP_DEVICE(g_ptr_array_index(devices, i));
        const std::string name = fp_device_get_driver(device);
        there += fmt::format("{}{}", there.empty() ? "" : ", ", name);
        if (found == nullptr &&
            (options.driver.empty() ? FP_IS_IMAGE_DEVICE(device) == TRUE : name == options.driver)) {
            found = device;
        }
        if (identifies == nullptr && fp_device_has_feature(device, FP_DEVICE_FEATURE_IDENTIFY) == TRUE) {
            identifies = device;
        }
    }
    found = found == nullptr && options.driver.empty() ? identifies : found;
    if (found == nullptr) {
        return fail(ErrorCode::not_found,
                    fmt::format("no fingerprint reader with driver \"{}\"; there is: {}",
                                options.driver.empty() ? "any" : options.driver, there.empty() ? "none" : there));
    }
    return std::make_unique<FprintDevice>(std::move(context), found, options.bozorth3);
}

} // namespace xueshi::fingerprint
