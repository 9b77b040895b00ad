#include "firmware/fingerprint/libfprint/main_context.hpp"

#include <glib.h>

namespace xueshi::fingerprint {

MainContext::MainContext() : owned_(g_main_context_acquire(nullptr) == TRUE) {}

MainContext::~MainContext() {
    if (owned_) {
        g_main_context_release(nullptr);
    }
}

void MainContext::iterate() {
    g_main_context_iteration(nullptr, TRUE);
}

void MainContext::iterate_for(std::chrono::milliseconds time, const std::function<bool()> &done) {
    bool over = false;
    GSource *timer = g_timeout_source_new(static_cast<guint>(time.count()));
    g_source_set_callback(
        timer,
        [](gpointer flag) -> gboolean {
            *static_cast<bool *>(flag) = true;
            return G_SOURCE_REMOVE;
        },
        &over, nullptr);
    g_source_attach(timer, nullptr);
    while (!over && !done()) {
        iterate();
    }
    g_source_destroy(timer);
    g_source_unref(timer);
}

void MainContext::post(std::function<void()> work) {
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(
        source,
        [](gpointer data) -> gboolean {
            (*static_cast<std::function<void()> *>(data))();
            return G_SOURCE_REMOVE;
        },
        new std::function<void()>(std::move(work)),
        [](gpointer data) { delete static_cast<std::function<void()> *>(data); });
    g_source_attach(source, nullptr);
    g_source_unref(source);
}

} // namespace xueshi::fingerprint
