# ruff: noqa: TID251 - the pictures of virtual cameras
"""Pictures as they are: into a virtual camera, or onto the screen."""

import os
import sys
from collections.abc import Callable

import av
import av.error
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pamcli.errors import OutputError
from pamcli.ffmpeg import reason
from pamcli.live_clock import TIME_BASE, wait_after
from pamcli.live_sinks import LinkRecord, SinkSettings, now
from pamcli.live_status import LinkState
from pamcli.pixels import Pixels
from pamcli.presets import Encoding
from pamcli.video_picture import to_picture

LEAST_WAIT = 0.5
SCREENS = "DISPLAY", "WAYLAND_DISPLAY"
TITLE = "pamcli live"
WINDOW = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
QUIT = ord("q"), 27


class DeviceSink:
    """A virtual camera: a v4l2loopback device that this program writes to."""

    def __init__(self, sink: SinkSettings, size: tuple[int, int], say: Callable[[str], None]):
        """size: (height, width), both even."""
        self.record = LinkRecord(sink.name)
        self._sink, self._size, self._say = sink, size, say
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._encoding = Encoding(
            encoder="rawvideo", options={}, pixel_format="yuv420p", container="v4l2"
        )
        self._reformatter = VideoReformatter()
        self._retry_at = self._gone_since = now()
        self._number = 0

    def show(self, pixels: Pixels) -> None:
        if self._container is None and now() < self._retry_at:
            return
        try:
            if self._container is None:
                self._open()
            assert self._container is not None and self._stream is not None
            frame = to_picture(pixels, self._encoding, self._reformatter)
            frame.pts, frame.time_base = self._number, TIME_BASE
            self._number += 1
            self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            self._lose(error)
            return
        self.record.frames += 1
        self.record.reconnects += self.record.state is LinkState.DOWN
        self.record.state = LinkState.UP

    def close(self) -> None:
        if self._container is not None:
            self._close()
        self.record.state = LinkState.CLOSED

    def _open(self) -> None:
        self._container = av.open(self._sink.address, "w", format="v4l2")
        stream = self._container.add_stream("rawvideo", rate=30)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = self._size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = TIME_BASE
        self._stream = stream

    def _close(self) -> None:
        assert self._container is not None
        try:
            self._container.close()
        except (av.error.FFmpegError, OSError):
            return
        finally:
            self._container = self._stream = None

    def _lose(self, error: Exception) -> None:
        if self.record.state is not LinkState.DOWN:
            self._gone_since = now()
            self._say(f"{self.record.name}: {reason(error)}; trying again")
        self.record.error, self.record.state = reason(error), LinkState.DOWN
        away = now() - self._gone_since
        self._retry_at = now() + wait_after(away, LEAST_WAIT, self._sink.longest_wait)
        if self._container is not None:
            self._close()


class WindowSink:
    """A window on this machine's screen; the thread that made it shows the pictures.

    Who closes it, or presses q or Esc in it, ends this sink.
    """

    def __init__(self, sink: SinkSettings) -> None:
        """Raises OutputError where no window can be shown."""
        self.record = LinkRecord(sink.name)
        has_screen = sys.platform != "linux" or any(map(os.environ.get, SCREENS))
        try:
            if not has_screen:  # Qt would end the process
                raise OutputError(f"{sink.name}: no window can be shown here: no screen")
            os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # of fonts it needs not
            cv2.namedWindow(TITLE, WINDOW)
        except cv2.error as error:
            raise OutputError(f"{sink.name}: no window can be shown here") from error
        self.record.state = LinkState.UP

    def show(self, pixels: Pixels) -> None:
        if self.record.state is LinkState.CLOSED:
            return
        if not self.record.frames:
            cv2.resizeWindow(TITLE, pixels.shape[1], pixels.shape[0])
        kind = cv2.COLOR_GRAY2BGR if pixels.ndim == 2 else cv2.COLOR_RGB2BGR
        cv2.imshow(TITLE, np.asarray(cv2.cvtColor(pixels, kind), np.uint8))
        self.record.frames += 1
        if cv2.pollKey() in QUIT or cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
            self.close()

    def close(self) -> None:
        if self.record.state is LinkState.CLOSED:
            return
        self.record.state = LinkState.CLOSED
        try:
            cv2.destroyWindow(TITLE)
        except cv2.error:  # its owner has closed it
            return
