"""`pamcli models`: what is released."""

import json
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.path import ALL_PATHS, path_name


def models(
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every file with its recorded sha256.")
    ] = False,
    as_json: opt.Json = False,
) -> None:
    """List the released models with their cost tables.

    Example: pamcli models --verify
    """
    from pamcli.models import list_models, load_model

    released = [load_model(name, verify=verify) for name in list_models()]
    if as_json:
        print(json.dumps([{"name": m.name, **dict(m.record)} for m in released], indent=2))
        return
    for model in released:
        checked = ", files verified" if verify else ""
        print(f"{model.name}: stride {model.stride}{checked}, in {model.folder}")
        print(f"  C_c from {model.costs.minimum} to {model.costs.maximum} GMAC per 1024x1024")
        print(f"  colour prior {model.costs.prior / 1000:.3f} GMAC beside every path")
        for path in sorted(ALL_PATHS, key=model.costs.mmac):
            print(f"  path {path_name(path)}  {model.costs.cost(path):7.3f} GMAC")
