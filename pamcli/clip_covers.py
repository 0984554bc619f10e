# ruff: noqa: TID251 - pictures and files inside a copied clip
"""The cover of a clip and the files attached to it, on their way into another."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition
from av.video.stream import VideoStream

from pamcli.clip_tags import describe
from pamcli.ffmpeg import LOCAL_ONLY, local_name
from pamcli.stream_tracks import accepts

WITH_COVERS = {"mp4"}
WITH_ATTACHMENTS = {"matroska"}
COVER_FILES = {"png": ("cover.png", "image/png"), "mjpeg": ("cover.jpg", "image/jpeg")}
"""Name and type of a cover where it is an attached file, by its codec."""


def copy_attachments(source: InputContainer, container: OutputContainer, name: str) -> list[str]:
    """Files inside a Matroska file, such as fonts, into another; returns what was left out."""
    found = [stream for stream in source.streams if isinstance(stream, AttachmentStream)]
    if name not in WITH_ATTACHMENTS:
        return [
            f"left out: attached file {stream.name}, which {name} does not take" for stream in found
        ]
    for stream in found:
        mime = stream.mimetype or "application/octet-stream"
        container.add_attachment(stream.name or "attachment", mime, stream.data)
    return []


def copy_covers(
    source: Path, container: OutputContainer, name: str, notes: list[str]
) -> Iterator["Packet[VideoStream]"]:
    """Streams for the covers of `source`; yields their packets, to be written first."""
    with av.open(local_name(source), options=dict(LOCAL_ONLY), metadata_errors="replace") as opened:
        for stream in opened.streams.video:
            if not stream.disposition & Disposition.attached_pic:
                continue
            packet = _picture_of(opened, stream)
            if packet is None or stream.codec_context is None:
                continue
            codec = stream.codec_context.name
            if name in WITH_ATTACHMENTS and codec in COVER_FILES:
                container.add_attachment(*COVER_FILES[codec], bytes(packet))
                continue
            if name not in WITH_COVERS or not accepts(name, stream):
                notes.append(f"left out: the cover, which {name} does not take")
                continue
            target = container.add_stream_from_template(stream)
            describe(target, stream, name)
            packet.stream = target
            yield packet


def _picture_of(container: InputContainer, stream: VideoStream) -> "Packet[VideoStream] | None":
    with suppress(av.error.FFmpegError):
        return next((packet for packet in container.demux(stream) if packet.size), None)
    return None
