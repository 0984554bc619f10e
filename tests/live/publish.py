"""Publishes a clip at its pace: publish.py CLIP URL [OPTION=VALUE...]. Ends with the clip."""

import sys
import time

import av


def publish(clip: str, url: str, *given: str) -> None:
    container = "mpegts" if url.startswith("udp") else "flv"
    options = dict(pair.split("=", 1) for pair in given)
    with (
        av.open(clip) as source,
        av.open(url, "w", format=container, container_options=options) as sink,
    ):
        streams = {one.index: sink.add_stream_from_template(one) for one in source.streams}
        began = time.monotonic()
        for packet in source.demux(*source.streams):
            if packet.dts is None:
                continue
            due = began + float(packet.dts * packet.time_base)
            time.sleep(max(due - time.monotonic(), 0))
            packet.stream = streams[packet.stream_index]
            sink.mux(packet)


if __name__ == "__main__":
    try:
        publish(*sys.argv[1:])
    except av.error.FFmpegError as error:
        sys.exit(str(error))
