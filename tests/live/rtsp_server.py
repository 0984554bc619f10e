"""An RTSP server: rtsp_server.py PORT DATAGRAMS CLIP; run by the system's Python, which has gi."""

import sys

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import (  # type: ignore[import-not-found]  # noqa: E402
    GLib,
    Gst,
    GstRtspServer,
)

ELEMENTS = "qtdemux h264parse aacparse rtph264pay rtpmp4gpay rtph264depay rtpmp4gdepay mpegtsmux"

PLAY = """( filesrc location="{clip}" ! qtdemux name=d
    d. ! queue ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96
    d. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )"""

RECORD = """( rtph264depay name=depay0 ! h264parse config-interval=-1
    ! video/x-h264,stream-format=byte-stream,alignment=au ! queue
    ! mpegtsmux name=m alignment=7 ! udpsink host=127.0.0.1 port={port} sync=false async=false
    rtpmp4gdepay name=depay1 ! aacparse ! queue ! m. )"""


def keep_times(factory: object, media: GstRtspServer.RTSPMedia) -> None:
    """Times as they were sent; as a rule they are made anew from when packets come."""

    def added(pipeline: object, element: Gst.Element) -> None:
        if element.get_factory().get_name() == "rtpbin":
            element.set_property("buffer-mode", 0)

    media.get_element().get_parent().connect("element-added", added)


def serve(port: str, datagrams: str, clip: str) -> None:
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    mounts = server.get_mount_points()
    play = GstRtspServer.RTSPMediaFactory()
    play.set_launch(PLAY.format(clip=clip))
    mounts.add_factory("/play", play)
    record = GstRtspServer.RTSPMediaFactory()
    record.set_launch(RECORD.format(port=datagrams))
    record.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
    record.set_latency(200)
    record.connect("media-configure", keep_times)
    mounts.add_factory("/record", record)
    server.attach(None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    Gst.init(None)
    missing = [name for name in ELEMENTS.split() if Gst.ElementFactory.find(name) is None]
    if missing:
        sys.exit(f"missing: {missing}")
    if sys.argv[1:] != ["--check"]:
        serve(*sys.argv[1:])
