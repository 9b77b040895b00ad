#pragma once

#include <gst/gst.h>

namespace xueshi::test {

/// While it lives, this machine has a board's own encoder (v4l2h264enc) that starts, and fails after forty pictures.
class FailingEncoder {
public:
    FailingEncoder() { gst_element_register(nullptr, "v4l2h264enc", GST_RANK_NONE, type()); }
    ~FailingEncoder() {
        GstPluginFeature *feature = gst_registry_lookup_feature(gst_registry_get(), "v4l2h264enc");
        gst_registry_remove_feature(gst_registry_get(), feature);
        gst_object_unref(feature);
    }
    FailingEncoder(const FailingEncoder &) = delete;
    FailingEncoder &operator=(const FailingEncoder &) = delete;

private:
    static GType type() {
        static const GType made =
            g_type_register_static_simple(GST_TYPE_BIN, "XueshiFailingEncoder", sizeof(GstBinClass), describe,
                                          sizeof(GstBin), build, static_cast<GTypeFlags>(0));
        return made;
    }
    static void describe(gpointer of, gpointer) {
        auto *object = G_OBJECT_CLASS(of);
        object->set_property = [](GObject *, guint, const GValue *, GParamSpec *) {};
        g_object_class_install_property(
            object, 1, g_param_spec_boxed("extra-controls", "", "", GST_TYPE_STRUCTURE, G_PARAM_WRITABLE));
        gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(of), "Fails", "Codec/Encoder/Video", "Fails", "Test");
    }
    static void build(GTypeInstance *instance, gpointer) {
        auto *bin = GST_BIN(instance);
        GstElement *inside = gst_parse_bin_from_description(
            "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! identity error-after=40", TRUE, nullptr);
        gst_bin_add(bin, inside);
        for (const char *name : {"sink", "src"}) {
            GstPad *pad = gst_element_get_static_pad(inside, name);
            gst_element_add_pad(GST_ELEMENT(bin), gst_ghost_pad_new(name, pad));
            gst_object_unref(pad);
        }
    }
};

} // namespace xueshi::test
