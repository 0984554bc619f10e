"""All sinks of a live job together: what is sent is encoded once, and each gets it."""

from collections.abc import Callable, Sequence

from pamcli.errors import OutputError
from pamcli.live_clock import TICKS
from pamcli.live_encode import Coded, Encoder
from pamcli.live_local import ApartSink, LocalSink
from pamcli.live_network import NetworkSink
from pamcli.live_screens import DeviceSink, WindowSink
from pamcli.live_sinks import CodedSink, PictureSink, SinkKind, SinkSettings
from pamcli.live_sound import RATE, SoundLine
from pamcli.live_status import LinkState, LinkStatus
from pamcli.pixels import Pixels

AHEAD = TICKS // 10
"""By so much sound is sent before its picture, so that no container waits for it."""

SOUND_PATIENCE = TICKS
"""By so much sound may be behind the pictures before silence takes its place."""


class Outlet:
    """Sends pictures of one size, and the sound that belongs to them, to every sink.

    size: (height, width), both even. fps: about how many pictures a second will come. sound: None
    where there is none. say: told in one line what happens to a sink.
    Raises OutputError for what is no sink, or cannot be written from the beginning.
    """

    def __init__(
        self,
        sinks: Sequence[SinkSettings],
        size: tuple[int, int],
        fps: float,
        *,
        sound: SoundLine | None,
        bit_rate: int | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._sound = sound
        self._encoder = Encoder(size, fps, sound=sound is not None, bit_rate=bit_rate)
        self._coded: list[CodedSink] = []
        self._plain: list[PictureSink] = []
        try:
            for sink in sinks:
                self._add(sink, size, say)
        except BaseException:
            self.close()
            raise

    def _add(self, sink: SinkSettings, size: tuple[int, int], say: Callable[[str], None]) -> None:
        streams = self._encoder.streams
        match sink.kind:
            case SinkKind.WINDOW:
                self._plain.append(WindowSink(sink))
            case SinkKind.DEVICE:
                self._plain.append(DeviceSink(sink, size, say))
            case SinkKind.NETWORK:
                self._coded.append(NetworkSink(sink, streams, say))
            case SinkKind.FILE | SinkKind.HLS:
                local = ApartSink(LocalSink(sink, streams, say), say)
                self._coded.insert(0, local)  # whole before all else

    def send(self, pixels: Pixels, time: int, *, is_away: bool = False) -> None:
        """The next picture: uint8 (H, W) or (H, W, 3). time: ticks, larger than the last.

        is_away: the source is, so that there is silence up to now.
        Raises OutputError when no sink is left that could take anything.
        """
        if self._coded:
            key = any(sink.wants_key for sink in self._coded)
            # the picture first: containers begin with one, and take no sound before
            packets = self._encoder.picture(pixels, time, key=key)
            self._write([*packets, *self._sound_until(time, is_away=is_away)])
        for sink in self._plain:
            sink.show(pixels)
        self._check_left()

    @property
    def is_over(self) -> bool:
        """Whether a person has closed the last sink that there was."""
        return all(sink.record.state is LinkState.CLOSED for sink in self._sinks())

    def statuses(self) -> tuple[LinkStatus, ...]:
        """How each sink is."""
        return tuple(sink.record.status() for sink in self._sinks())

    def close(self) -> None:
        """End every sink properly, files first."""
        if self._coded:
            self._write(self._encoder.finish())
        for sink in self._sinks():
            sink.close()
        self._encoder.close()

    def _sound_until(self, time: int, *, is_away: bool) -> list[Coded]:
        if self._sound is None:
            return []
        sure = time if is_away else time - SOUND_PATIENCE
        return self._encoder.sound(self._sound.take(_samples(time + AHEAD), _samples(sure)))

    def _write(self, packets: Sequence[Coded]) -> None:
        for sink in self._coded:
            for packet in packets:
                sink.write(packet)

    def _sinks(self) -> list[CodedSink | PictureSink]:
        return [*self._coded, *self._plain]

    def _check_left(self) -> None:
        failed = [sink.record for sink in self._sinks() if sink.record.error]
        if self.is_over and failed:
            raise OutputError("; ".join(f"{record.name}: {record.error}" for record in failed))


def _samples(time: int) -> int:
    return time * RATE // TICKS
