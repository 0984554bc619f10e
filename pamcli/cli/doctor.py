"""`pamcli doctor`: what works here."""

import json

import typer

from pamcli import __version__
from pamcli.cli import options as opt
from pamcli.errors import PamError

BROKEN = "broken:"

TELLING = frozenset(
    ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd")
)
"""Instruction sets that decide how fast the network runs."""


def doctor(as_json: opt.Json = False) -> None:
    """Say what this machine and this installation can do. Exit code 1 when something is broken.

    Example: pamcli doctor
    """
    facts = _facts()
    problems = _problems(facts)
    if as_json:
        print(json.dumps({**facts, "problems": problems}, indent=2))
    else:
        for name, value in facts.items():
            print(f"{name:<18} {value}")
        for problem in problems:
            print(f"{'PROBLEM':<18} {problem}")
    if problems:
        raise typer.Exit(1)


def _facts() -> dict[str, str]:
    from pamcli import live_devices, machine, presets

    return {
        "pamcli": __version__,
        "cpu": machine.cpu_name(),
        "usable cores": str(machine.usable_cores()),
        "instructions": " ".join(sorted(TELLING & machine.instruction_sets())) or "baseline only",
        "model": _model(),
        **_precision(),
        "cache": _cache(),
        "presets": " ".join(presets.available_encoders()),
        **live_devices.live_facts(),
    }


def _model() -> str:
    from pamcli.models import load_model

    try:
        model = load_model()
    except PamError as error:
        return f"{BROKEN} {error}"
    return f"{model.name}, verified, C_c {model.costs.minimum} to {model.costs.maximum}"


def _precision() -> dict[str, str]:
    """What runs here, and what the self-check found, looked at anew."""
    from pamcli.engine import Engine
    from pamcli.models import load_model

    try:
        engine = Engine(load_model(), fresh=True)
    except PamError as error:
        return {"precision": f"{BROKEN} {error}"}
    trials = "; ".join(map(str, engine.verdict.trials)) or "nothing to compare"
    return {
        "precision": f"{engine.precision} chosen, {engine.threads} threads",
        "self-check": trials,
    }


def _cache() -> str:
    from pamcli.kept_files import VARIABLE, kept_folder, kept_size

    folder = kept_folder()
    if folder is None:
        return f"off ({VARIABLE})"
    size = kept_size()
    return f"{folder}, {size / 1e6:.0f} MB" if size else f"{folder}, nothing can be kept there"


def _problems(facts: dict[str, str]) -> list[str]:
    broken = [f"{name}: {value}" for name, value in facts.items() if value.startswith(BROKEN)]
    missing = {"h264", "ffv1", "png"} - set(facts["presets"].split())
    return broken + [f"no encoder for the preset {name}" for name in sorted(missing)]
