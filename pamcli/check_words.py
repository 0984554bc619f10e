"""What `pamcli check` found, for a person and as a record."""

from dataclasses import asdict
from fractions import Fraction

from pamcli.alpha_tally import AlphaTally
from pamcli.check_job import Checked
from pamcli.clip_contents import ClipContents
from pamcli.still_tags import StillTags
from pamcli.video_info import VideoInfo

Record = dict[str, object]
UNSAID = "not said"
NARROW = 2  # levels: a matte that ends about there uses limited range
LIMITED_BLACK, LIMITED_WHITE = 16, 235


def lines(checked: Checked) -> list[str]:
    """The first names the file, the others are indented."""
    return [f"{checked.source}: {_kind(checked)}", *(f"  {line}" for line in _details(checked))]


def record(checked: Checked) -> Record:
    """The same for `--json`: times in seconds, shares of all pixels, alpha from 0 to 1."""
    height, width = checked.size
    found: Record = {"source": str(checked.source), "kind": _kind(checked)}
    found |= {"width": width, "height": height, "frames_looked_at": checked.grey.frames}
    if checked.info is not None:
        found["clip"] = _clip_record(checked.info)
    if checked.contents is not None:
        found["contents"] = asdict(checked.contents)
    if checked.still is not None:
        found["still"] = _still_record(checked.still)
    found["alpha"] = None if checked.alpha is None else _alpha_record(checked.alpha)
    found["grey"] = asdict(checked.grey)
    return {**found, "notes": list(checked.notes)}


def _kind(checked: Checked) -> str:
    if checked.still is not None:
        return f"{checked.still.kind} still"
    if checked.contents is not None:
        return f"clip, {checked.contents.container}"
    return "folder of stills"


def _details(checked: Checked) -> list[str]:
    told = []
    if checked.info is not None:
        told += _clip_lines(checked.info, checked.contents)
    if checked.still is not None:
        told += _still_lines(checked.still, checked.size)
    told.append(f"alpha: {_alpha_line(checked)}")
    if checked.grey.is_grey:
        told.append(f"grey throughout: {_range_line(checked)}")
    return told + [f"note: {note}" for note in checked.notes]


def _clip_lines(info: VideoInfo, contents: ClipContents | None) -> list[str]:
    told = [f"pictures: {info.codec} {info.pixel_format}, {info.width}x{info.height}"]
    told[0] += "" if contents is None else f", {contents.bits} bit"
    told[0] += f", rotated by {info.rotation} degrees" if info.rotation else ""
    told[0] += f", pixels {info.sample_aspect} wide" if info.sample_aspect != 1 else ""
    told[0] += ", interlaced" if info.interlaced else ""
    told.append(f"time: {_time_line(info, contents)}")
    if contents is None:
        return told
    colour = {"matrix": contents.matrix, "primaries": contents.primaries}
    colour |= {"transfer": contents.transfer, "range": contents.range}
    told.append("colour: " + ", ".join(f"{k} {v or UNSAID}" for k, v in colour.items()))
    if info.hdr is not None:
        told[-1] += f"; HDR ({info.hdr})"
    for track in contents.tracks:
        parts = (track.codec or "unknown codec", track.details, track.language)
        told.append(f"{track.kind}: {', '.join(part for part in parts if part)}")
    return told + ([f"chapters: {contents.chapters}"] if contents.chapters else [])


def _time_line(info: VideoInfo, contents: ClipContents | None) -> str:
    steady = True if contents is None else contents.is_constant_rate
    parts = [{True: "constant rate", False: "variable rate", None: "rate unknown"}[steady]]
    if info.average_rate:
        about = "" if steady else "about "
        parts.append(f"{about}{float(info.average_rate):.5g} frames/s")
    parts += [] if info.frames is None else [f"{info.frames} frames"]
    parts += [] if info.duration is None else [f"{float(info.duration):.3f} s"]
    return ", ".join([*parts, f"starts at {float(info.start):.3f} s"] if info.start else parts)


def _still_lines(still: StillTags, size: tuple[int, int]) -> list[str]:
    told = f"picture: {size[1]}x{size[0]}"
    told += f", {still.bits} bit" if still.bits else ""
    told += ", CMYK" if still.is_cmyk else ""
    told += f", EXIF orientation {still.orientation}" if still.orientation != 1 else ""
    return [told + (f", {still.frames} frames" if still.frames > 1 else "")]


def _alpha_line(checked: Checked) -> str:
    alpha = checked.alpha
    if alpha is None:
        return "none"
    if alpha.is_opaque:
        return f"there, but all opaque in {_looked_at(alpha.frames)}"
    clear, partial, opaque = (f"{share:.1%}" for share in alpha.shares())
    return (
        f"{alpha.lowest:.3f} to {alpha.highest:.3f}; {clear} transparent, {partial} partial, "
        f"{opaque} opaque in {_looked_at(alpha.frames)}; {_association(alpha)}"
    )


def _association(alpha: AlphaTally) -> str:
    told = alpha.association()
    return "cannot tell whether straight" if told == "cannot tell" else f"looks {told}"


def _range_line(checked: Checked) -> str:
    grey = checked.grey
    told = f"levels {grey.lowest} to {grey.highest} in {_looked_at(grey.frames)}"
    apart = abs(grey.lowest - LIMITED_BLACK) + abs(grey.highest - LIMITED_WHITE)
    return told + ("; looks limited, read as full" if apart <= NARROW else "")


def _looked_at(frames: int) -> str:
    return "1 frame" if frames == 1 else f"{frames} frames looked at"


def _clip_record(info: VideoInfo) -> Record:
    found = {key: _plain(value) for key, value in asdict(info).items()}
    del found["source"], found["asked_rate"]
    found["time_base"] = str(info.time_base)
    return found


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Fraction) else value


def _still_record(still: StillTags) -> Record:
    return {**asdict(still), "profile": still.profile is not None}


def _alpha_record(alpha: AlphaTally) -> Record:
    clear, partial, opaque = alpha.shares()
    return {
        "frames": alpha.frames,
        "lowest": alpha.lowest,
        "highest": alpha.highest,
        "transparent": clear,
        "partial": partial,
        "opaque": opaque,
        "association": alpha.association(),
    }
