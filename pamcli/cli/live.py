"""`pamcli live`: an endless stream."""

import faulthandler
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from tqdm import tqdm

from pamcli.cli import live_options as own
from pamcli.cli import options as opt
from pamcli.cli.interrupt import first_ctrl_c
from pamcli.errors import UsageError
from pamcli.settings import (
    Fit,
    HintSettings,
    LogSettings,
    LookSettings,
    Output,
    Precision,
    RuntimeSettings,
    Subject,
)

if TYPE_CHECKING:
    from pamcli.live_job import LiveJob
    from pamcli.live_run import LiveRun
    from pamcli.live_status import LiveStatus

CLOSING = 40
"""Seconds that sinks may take to close before the process ends without them."""


def live(
    source: Annotated[
        str,
        typer.Argument(
            help="rtmp://, rtsp://, http:// (HLS), udp://, /dev/videoN, camera:N or a file."
        ),
    ],
    sinks: Annotated[
        list[str],
        typer.Argument(
            metavar="SINK...",
            help='rtmp://, rtsp://, udp://, FILE.m3u8 (HLS), /dev/videoN, "window" or a file.',
        ),
    ],
    loop: own.Loop = False,
    duration: own.Duration = None,
    size: own.Size = None,
    bit_rate: own.BitRate = None,
    max_reconnects: own.MaxReconnects = None,
    reconnect_wait: own.ReconnectWait = 5.0,
    patience: own.Patience = 3.0,
    source_option: own.SourceOptions = None,
    no_audio: own.NoAudio = False,
    trimap: opt.Trimap = None,
    mask: opt.Mask = None,
    key_mask: opt.KeyMasks = None,
    plate: opt.Plate = None,
    key: opt.Key = None,
    subject: opt.SubjectOption = Subject.AUTO,
    band: opt.Band = 24.0,
    no_temporal: opt.NoTemporal = False,
    fps: opt.Fps = None,
    cost: opt.Cost = None,
    min_cost: opt.MinCost = None,
    max_cost: opt.MaxCost = None,
    scale: opt.Scale = opt.SCALE_AUTO,
    output: opt.OutputOption = None,
    background: opt.Background = None,
    fit: opt.FitOption = Fit.COVER,
    despill: opt.Despill = None,
    overwrite: opt.Overwrite = False,
    precision: opt.PrecisionOption = Precision.AUTO,
    threads: opt.Threads = None,
    log: opt.Log = None,
    plot: opt.Plot = None,
    monitor: own.Port = None,
    monitor_host: own.Host = "127.0.0.1",
    monitor_token: own.Token = None,
    monitor_backgrounds: own.Folders = None,
    quiet: opt.Quiet = False,
    as_json: opt.Json = False,
) -> None:
    """Matte a live stream in real time: its newest frame on a new background, with its sound.

    Without --fps 15 frames a second are held. --background may be another live stream.

    Example: pamcli live rtmp://localhost/in/me rtmp://localhost/out/me --background beach.jpg
    """
    from pamcli.live_job import LiveJob
    from pamcli.live_open import SourceSettings
    from pamcli.live_sinks import SinkSettings

    if key_mask:
        raise UsageError("--key-mask names moments of a clip: a live stream has none")
    job = LiveJob(
        source=SourceSettings(
            address=source,
            audio=not no_audio,
            loop=loop,
            patience=patience,
            longest_wait=reconnect_wait,
            reconnects=max_reconnects,
            options=own.pairs(source_option),
        ),
        sinks=tuple(
            SinkSettings(address=sink, longest_wait=reconnect_wait, overwrite=overwrite)
            for sink in sinks
        ),
        hint=HintSettings(
            trimap=trimap,
            mask=mask,
            plate=plate,
            key=key,
            subject=subject,
            band=band,
            temporal=not no_temporal,
        ),
        cost=opt.cost_settings(fps, cost, min_cost, max_cost, scale),
        look=LookSettings(
            output=opt.output_of(output, background, Output.COMPOSITE),
            background=background,
            fit=fit,
            despill=despill,
        ),
        runtime=RuntimeSettings(precision=precision, threads=threads),
        log=LogSettings(log=log, plot=plot),
        size=own.size_of(size),
        bit_rate=own.bit_rate_of(bit_rate),
        duration=own.duration_of(duration),
        overwrite=overwrite,
    )
    page = Page(monitor, monitor_host, monitor_token, tuple(monitor_backgrounds or ()))
    _run(job, page, quiet=quiet, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Page:
    """Where the monitor is served, if it is."""

    port: int | None
    host: str
    token: str | None
    backgrounds: tuple[Path, ...]

    def served(self, run: "LiveRun") -> AbstractContextManager[Any]:
        """Serves it for as long as the block runs."""
        if self.port is None:
            return nullcontext()
        from pamcli.monitor import serve

        return serve(
            run.status,
            run.controls,
            run.previews,
            host=self.host,
            port=self.port,
            token=self.token,
            backgrounds=self.backgrounds,
        )


def _run(job: "LiveJob", page: Page, *, quiet: bool, as_json: bool) -> None:
    from pamcli.live_run import LiveRun

    hidden = True if quiet else None
    with tqdm(unit="frame", disable=hidden, file=sys.stderr) as bar:

        def say(line: str) -> None:
            if not quiet:
                tqdm.write(f"pamcli: {' '.join(line.splitlines())}", file=sys.stderr)

        run = LiveRun(job, say)
        with page.served(run) as monitor, _stopped_by_signals() as (stop, terminated):
            if monitor is not None:
                say(f"monitor: {monitor.url}")
            report = run.go(stop, lambda status: _show(bar, status), _end_without_sinks)
    faulthandler.cancel_dump_traceback_later()
    if as_json:
        print(json.dumps(report.figures(), indent=2))
    elif not quiet:
        print(f"{report.source.name}: {report.line}", file=sys.stderr)
    if stop.is_set() and not terminated.is_set():
        raise KeyboardInterrupt


def _show(bar: "tqdm[Any]", status: "LiveStatus") -> None:
    bar.set_postfix_str(
        f"{status.fps:.1f}/{status.target_fps:.3g} fps, C_c {status.cost_constraint}, scale "
        f"{status.scale:.2f}, {status.latency_ms:.0f} ms, {status.dropped} dropped",
        refresh=False,
    )
    bar.update(status.matted - bar.n)


def _end_without_sinks() -> None:
    """From now on the process ends in a while, whatever hangs in the system."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(CLOSING, exit=True, file=nowhere)


@contextmanager
def _stopped_by_signals() -> Iterator[tuple[Event, Event]]:
    """Events that Ctrl-C and SIGTERM set; the second one tells that it was SIGTERM."""
    terminated = Event()
    with first_ctrl_c() as stop:

        def handle(number: int, frame: FrameType | None) -> None:
            terminated.set()
            stop.set()

        before = signal.signal(signal.SIGTERM, handle)
        try:
            yield stop, terminated
        finally:
            signal.signal(signal.SIGTERM, before)
