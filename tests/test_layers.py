"""The floors of ARCHITECTURE.md: a module imports only what stands below it."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

THIS = Path(__file__).resolve()
ROOT = THIS.parents[1]

FLOORS = (
    {"batch_words", "errors", "frame", "live_status", "settings", "video_info"},
    {
        "tensor",
        "batch_eta",
        "tone_map",
        "still_names",
        "still_tags",
        "still_colour",
        "tiff_tags",
        "icc",
        "alpha_tally",
        "video_clock",
        "trimap",
        "trimap_band",
        "trimap_drawing",
        "trimap_key",
        "trimap_plate",
        "hint_motion",
        "composite",
        "foreground",
        "despill",
        "tiles",
        "upsample",
        "background_blur",
        "path",
        "pixels",
        "controller",
        "cost_model",
        "metrics",
        "prefetch",
        "subject_cues",
        "subject_input",
        "plots",
        "evaluate_sheet",
        "evaluate_paths",
        "evaluate_rows",
        "live_changing",
        "live_clock",
        "live_controls",
        "live_previews",
        "live_sound",
        "live_tally",
        "newest",
    },
    {
        "models",
        "engine",
        "graph",
        "kept_files",
        "self_check",
        "ffmpeg",
        "sound",
        "clip_covers",
        "clip_tags",
        "stream_tracks",
        "sound_encoding",
        "subtitles",
        "video_frame",
        "video_colour",
        "video_decode",
        "video_deinterlace",
        "video_hdr",
        "video_seek",
        "still_folder",
        "video_read",
        "presets",
        "video_picture",
        "video_alpha",
        "video_write",
        "clip_part",
        "part_folder",
        "part_writer",
        "video_join",
        "png_folder",
        "live_apart",
        "live_devices",
        "live_encode",
        "live_memory",
        "live_open",
        "live_outlet",
        "live_read",
        "live_screens",
        "live_sinks",
        "live_source",
        "live_local",
        "live_muxer",
        "live_network",
        "targets",
        "frame_log",
        "images",
        "still_file",
        "still_png",
        "decoders_words",
        "clip_contents",
        "machine",
        "evaluate_closed_form",
        "batch_owner",
        "batch_state",
        "batch_walk",
        "ray_address",
        "remote_files",
    },
    {
        "subject",
        "subject_network",
        "subject_cue_finder",
        "hint_sources",
        "hint_coarse",
        "hint_carry",
        "hint_key_masks",
        "hint_plate",
        "hints",
        "matting",
        "backdrop",
        "monitor",
        "spill",
        "appearance",
        "pacing",
        "replay",
        "run_watch",
        "run_plot",
        "run_record",
        "live_backdrop",
        "live_engine",
        "live_hint",
        "live_pace",
    },
    {
        "api",
        "video_job",
        "video_report",
        "video_stages",
        "image_job",
        "trimap_job",
        "check_job",
        "check_words",
        "batch_clip",
        "batch_job",
        "batch_plan",
        "batch_report",
        "batch_settings",
        "batch_space",
        "batch_stills",
        "batch_stretch",
        "batch_watch",
        "batch_work",
        "ray_cluster",
        "ray_tasks",
        "remote_stage",
        "live_following",
        "live_job",
        "live_pipeline",
        "live_report",
        "live_run",
        "live_sending",
        "live_stages",
        "evaluate",
        "evaluate_data",
        "evaluate_still",
        "evaluate_clip",
        "evaluate_pictures",
        "evaluate_report",
        "bench",
        "bench_clip",
        "bench_figures",
        "bench_panels",
        "bench_paper",
        "bench_peak",
        "bench_pipeline",
        "bench_scale",
        "bench_presets",
        "bench_rates",
        "bench_runs",
        "bench_stages",
        "bench_tiles",
        "bench_tracking",
        "paper_figures",
        "rates_figures",
        "tracking_figures",
    },
    {"cli"},
)

SAME_FLOOR = {
    "settings": {"errors"},
    "controller": {"cost_model", "path"},
    "cost_model": {"path", "tensor"},
    "trimap_key": {"trimap"},
    "trimap_band": {"trimap"},
    "trimap_drawing": {"trimap"},
    "foreground": {"trimap"},
    "live_previews": {"composite"},
    "live_open": {"video_decode"},
    "live_read": {"live_open"},
    "live_apart": {"live_read"},
    "live_source": {"live_apart", "live_open", "live_read"},
    "live_encode": {"presets", "video_picture"},
    "live_sinks": {"live_encode", "live_open"},
    "live_screens": {"ffmpeg", "live_sinks", "presets", "video_picture"},
    "live_muxer": {"live_encode"},
    "live_network": {"ffmpeg", "live_encode", "live_muxer", "live_sinks"},
    "live_local": {"ffmpeg", "live_encode", "live_muxer", "live_sinks", "targets"},
    "live_outlet": {"live_encode", "live_local", "live_network", "live_screens", "live_sinks"},
    "live_devices": {"live_open"},
    "live_backdrop": {"appearance", "backdrop", "spill"},
    "live_engine": {"live_pace", "matting", "pacing"},
    "live_hint": {"hints"},
    "live_pace": {"matting"},
    "live_following": {"live_job"},
    "live_pipeline": {"live_stages", "video_report", "video_stages"},
    "live_sending": {"live_stages"},
    "live_stages": {"video_stages"},
    "live_run": {
        "live_following",
        "live_job",
        "live_pipeline",
        "live_report",
        "live_sending",
        "live_stages",
    },
    "despill": {"trimap"},
    "tiles": {"trimap"},
    "upsample": {"trimap"},
    "hint_motion": {"subject_cues"},
    "subject": {"subject_cue_finder", "subject_network"},
    "graph": {"kept_files", "machine", "models"},
    "self_check": {"graph"},
    "engine": {"graph", "kept_files", "machine", "models", "self_check"},
    "sound": {
        "clip_covers",
        "clip_tags",
        "ffmpeg",
        "sound_encoding",
        "stream_tracks",
        "subtitles",
    },
    "sound_encoding": {"clip_tags", "stream_tracks"},
    "subtitles": {"clip_tags", "stream_tracks"},
    "clip_covers": {"clip_tags", "ffmpeg", "stream_tracks"},
    "stream_tracks": {"clip_tags"},
    "presets": {"ffmpeg"},
    "video_picture": {"ffmpeg", "presets"},
    "video_alpha": {"ffmpeg", "video_decode"},
    "video_colour": {"ffmpeg", "video_hdr"},
    "video_frame": {"video_colour"},
    "video_decode": {"ffmpeg"},
    "video_seek": {"video_decode"},
    "still_folder": {"ffmpeg", "images"},
    "video_read": {
        "ffmpeg",
        "still_folder",
        "video_colour",
        "video_decode",
        "video_deinterlace",
        "video_frame",
        "video_seek",
    },
    "png_folder": {"presets"},
    "part_folder": {"targets"},
    "clip_part": {"ffmpeg", "presets", "video_picture"},
    "video_join": {"clip_part", "ffmpeg", "presets", "sound", "video_picture"},
    "part_writer": {"clip_part", "part_folder", "png_folder", "presets"},
    "video_write": {
        "ffmpeg",
        "part_folder",
        "part_writer",
        "png_folder",
        "presets",
        "targets",
        "video_join",
        "video_read",
    },
    "appearance": {"backdrop", "spill"},
    "video_stages": {"video_report"},
    "bench": {"bench_peak"},
    "bench_clip": {"bench_presets"},
    "bench_figures": {"bench_panels"},
    "bench_paper": {"bench_peak"},
    "bench_rates": {"bench_clip", "bench_runs", "tracking_figures"},
    "bench_runs": {"bench_clip", "video_job"},
    "bench_stages": {"bench_clip", "bench_runs", "tracking_figures"},
    "bench_tracking": {"bench_clip", "bench_runs", "tracking_figures"},
    "rates_figures": {"bench_panels"},
    "video_job": {"video_report", "video_stages"},
    "bench_scale": {"bench_clip", "video_job"},
    "bench_pipeline": {"bench_clip", "bench_presets", "video_job"},
    "api": {"video_job", "video_report", "video_stages"},
    "frame_log": {"targets"},
    "images": {"decoders_words", "still_file", "still_png", "targets"},
    "still_tags": {"tiff_tags"},
    "clip_contents": {"ffmpeg", "video_alpha", "video_colour", "video_decode"},
    "check_words": {"check_job"},
    "still_colour": {"icc", "still_tags"},
    "hint_coarse": {"subject", "hint_sources"},
    "monitor": {"backdrop"},
    "hint_key_masks": {"subject", "hint_coarse", "hint_carry"},
    "hint_plate": {"subject", "hint_coarse"},
    "hints": {"subject", "hint_sources", "hint_coarse", "hint_key_masks", "hint_plate"},
    "pacing": {"matting"},
    "replay": {"matting"},
    "run_watch": {"matting"},
    "run_record": {"run_plot"},
    "evaluate_sheet": {"composite", "plots"},
    "evaluate_paths": {"path"},
    "evaluate_rows": {"evaluate_paths"},
    "evaluate_still": {"evaluate_data"},
    "evaluate_clip": {"evaluate_data"},
    "evaluate_pictures": {"evaluate_data", "evaluate_still"},
    "batch_state": {"batch_owner"},
    "batch_settings": {"image_job", "video_job"},
    "batch_plan": {"batch_settings"},
    "batch_space": {"batch_plan", "batch_settings"},
    "batch_watch": {"batch_plan"},
    "batch_report": {"batch_plan"},
    "batch_work": {"batch_plan", "batch_settings"},
    "batch_clip": {"batch_settings", "batch_work", "video_job", "video_report"},
    "batch_stills": {"batch_plan", "batch_settings", "batch_work", "image_job"},
    "remote_stage": {"batch_plan", "batch_settings", "batch_work"},
    "batch_stretch": {"video_job", "video_report", "video_stages"},
    "ray_tasks": {
        "batch_clip",
        "batch_plan",
        "batch_settings",
        "batch_stills",
        "batch_stretch",
        "batch_work",
        "video_job",
        "video_report",
    },
    "ray_cluster": {
        "batch_clip",
        "batch_plan",
        "batch_settings",
        "batch_stills",
        "batch_work",
        "ray_tasks",
    },
    "batch_job": {
        "ray_cluster",
        "video_job",
        "batch_clip",
        "batch_plan",
        "batch_report",
        "batch_settings",
        "batch_space",
        "batch_stills",
        "batch_watch",
        "batch_work",
    },
    "evaluate": {"evaluate_data", "evaluate_still", "evaluate_clip", "evaluate_pictures"},
}
"""What a module may import from its own floor: each pair is a decision, not an accident."""

ROOMS = {
    "av": {
        "ffmpeg",
        "sound",
        "clip_covers",
        "clip_tags",
        "stream_tracks",
        "sound_encoding",
        "subtitles",
        "video_colour",
        "video_decode",
        "video_deinterlace",
        "video_frame",
        "video_hdr",
        "video_read",
        "video_seek",
        "clip_part",
        "video_join",
        "png_folder",
        "presets",
        "video_picture",
        "video_alpha",
        "clip_contents",
        "live_devices",
        "live_encode",
        "live_open",
        "live_read",
        "live_screens",
        "live_source",
        "live_local",
        "live_muxer",
        "live_network",
    },
    "openvino": {"graph"},
    "isal": {"still_png"},
    "torch": set[str](),
    "nncf": set[str](),
    "pymatting": {"evaluate_closed_form"},
    "starlette": {"monitor"},
    "uvicorn": {"monitor"},
    "prometheus_client": {"monitor"},
    "ray": {"ray_address"},
    "fsspec": {"remote_files"},
}
"""Outside libraries and the only modules of pamcli that may import them."""

IMPORTING = {"importlib.import_module", "import_module", "__import__"}

PICTURE_FILES = {"imread", "imreadmulti", "imwrite", "imdecode", "imencode"}

PURE = {
    "errors",
    "frame",
    "path",
    "tensor",
    "trimap",
    "composite",
    "foreground",
    "metrics",
    "plots",
    "subject_input",
}
"""What training may take from pamcli: one definition for training and running, no border."""

NEIGHBOURS = {
    "pamcli": set[str](),
    "pam": {f"pamcli.{module}" for module in PURE},
    "convert": {
        "pam.network",
        "pam.network.*",
        "pam.checkpoint",
        "pam.data.batch",
        "pam.data.store",
        "pam.subject.network",
        "pamcli",
        "pamcli.tensor",
        "pamcli.path",
        "pamcli.models",
        "pamcli.errors",
        "pamcli.frame",
        "pamcli.graph",
        "pamcli.self_check",
        "pamcli.settings",
        "pamcli.trimap",
        "pamcli.bench_peak",
        "pamcli.machine",
    },
}
"""Which modules of the other rooms each room may import; `pamcli` alone is its version."""


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def relative(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


def imports(source: Path) -> Iterator[str]:
    """Dotted names of every module that `source` imports, anywhere in it."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(source)}:{node.lineno}: a relative import"
            yield from (_imported(node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in IMPORTING:
            yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))


def _imported(package: str, name: str) -> str:
    inside = ROOT.joinpath(*package.split("."), name)
    is_module = inside.with_suffix(".py").is_file() or (inside / "__init__.py").is_file()
    return f"{package}.{name}" if is_module else package


def floor(module: str) -> int:
    found = [number for number, modules in enumerate(FLOORS) if module in modules]
    assert len(found) == 1, f"pamcli.{module} stands on no floor: name one in {relative(THIS)}"
    return found[0]


RUNTIME = [source for source in sources("pamcli") if source != ROOT / "pamcli" / "__init__.py"]


def own_module(source: Path) -> str:
    return source.relative_to(ROOT / "pamcli").parts[0].removesuffix(".py")


@pytest.mark.parametrize("source", RUNTIME, ids=relative)
def test_a_module_imports_only_lower_floors(source: Path) -> None:
    importer = own_module(source)
    for name in imports(source):
        room, _, rest = name.partition(".")
        imported = rest.partition(".")[0]
        if room != "pamcli" or imported in ("", importer):
            continue
        lower = floor(imported) < floor(importer)
        assert lower or imported in SAME_FLOOR.get(importer, ()), (
            f"{relative(source)} imports {name}"
        )


def test_no_modules_of_one_floor_import_in_a_circle() -> None:
    order: TopologicalSorter[str] = TopologicalSorter()
    for importer, allowed in SAME_FLOOR.items():
        assert {floor(imported) for imported in allowed} == {floor(importer)}
        order.add(importer, *allowed)
    order.prepare()  # raises CycleError


@pytest.mark.parametrize("source", RUNTIME, ids=relative)
def test_an_outside_library_stays_in_its_room(source: Path) -> None:
    for name in imports(source):
        allowed = ROOMS.get(name.partition(".")[0])
        inside = allowed is None or own_module(source) in allowed
        assert inside, f"{relative(source)} imports {name}"


@pytest.mark.parametrize("source", RUNTIME, ids=relative)
def test_pictures_are_read_and_written_in_one_room(source: Path) -> None:
    used = {
        node.attr
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "cv2"
    }
    assert relative(source) == "pamcli/images.py" or not used & PICTURE_FILES


@pytest.mark.parametrize("room", sorted(NEIGHBOURS))
def test_a_room_imports_only_what_its_neighbours_offer(room: str) -> None:
    assert sources(room), f"{room}/ is empty"
    allowed = NEIGHBOURS[room]
    for source in sources(room):
        for name in imports(source):
            if name.partition(".")[0] in NEIGHBOURS.keys() - {room}:
                offered = any(fnmatchcase(name, pattern) for pattern in allowed)
                assert offered, f"{relative(source)} imports {name}"


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    program = "import json, sys, pamcli.cli; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "pamcli.cli" in loaded
    assert not loaded & {"torch", "openvino", "av", "cv2", "nncf"}
