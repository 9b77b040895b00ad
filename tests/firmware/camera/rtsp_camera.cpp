// A network camera for the tests: an RTSP server that says its port on stdout and streams what a line of gst-launch
// makes, with a payloader pay0 and, for sound, pay1, at rtsp://127.0.0.1:PORT/lesson.
//
//   rtsp_camera PORT LINE    (port 0: any that is free)
#include <cstdio>

#include <gst/rtsp-server/rtsp-server.h>

int main(int argc, char **argv) {
    if (argc != 3) {
        std::fputs("rtsp_camera PORT LINE\n", stderr);
        return 2;
    }
    gst_init(nullptr, nullptr);
    GstRTSPServer *server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, argv[1]);
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, argv[2]);
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);
    gst_rtsp_mount_points_add_factory(mounts, "/lesson", factory);
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server, nullptr) == 0) {
        std::fputs("rtsp_camera: the port is taken\n", stderr);
        return 1;
    }
    std::printf("%d\n", gst_rtsp_server_get_bound_port(server));
    std::fflush(stdout);
    g_main_loop_run(g_main_loop_new(nullptr, FALSE));
    return 0;
}
