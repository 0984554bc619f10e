"""`pamcli models`: what is released."""

import json
from typing import Annotated

import typer

from pamcli.cli import options as opt
from pamcli.path import ALL_PATHS, CostTable, path_name


def models(
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every file with its recorded sha256.")
    ] = False,
    as_json: opt.Json = False,
) -> None:
    """List the released models, with the cost table of the matting network.

    Example: pamcli models --verify
    """
    from pamcli.models import ReleasedModel, list_models, load_files

    released = [load_files(name, verify=verify) for name in list_models()]
    if as_json:
        print(json.dumps([{"name": m.name, **dict(m.record)} for m in released], indent=2))
        return
    for model in released:
        checked = ", files verified" if verify else ""
        print(f"{model.name}: stride {model.stride}{checked}, in {model.folder}")
        if isinstance(model, ReleasedModel):
            _print_costs(model.costs)


def _print_costs(costs: CostTable) -> None:
    print(f"  C_c from {costs.minimum} to {costs.maximum} GMAC per 1024x1024")
    print(f"  colour prior {costs.prior / 1000:.3f} GMAC beside every path")
    for path in sorted(ALL_PATHS, key=costs.mmac):
        print(f"  path {path_name(path)}  {costs.cost(path):7.3f} GMAC")
