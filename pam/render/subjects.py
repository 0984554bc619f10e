"""Which subject a kind stands for; a moving picture is one of the other kinds in fast motion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pam.render.foliage import foliage
from pam.render.fur import fur
from pam.render.glass import glass
from pam.render.hair import hair
from pam.render.net import net
from pam.render.parts import Subject

SUBJECTS: dict[str, tuple[Callable[[np.random.Generator], Subject], ...]] = {
    "fur": (fur,),
    "hair": (hair,),
    "foliage": (foliage,),
    "net": (net,),
    "glass": (glass,),
    "motion": (fur, hair, foliage, net),
}


def any_subject(kind: str, rng: np.random.Generator) -> Subject:
    """The subject of a picture of that kind; smoke has none. KeyError: unknown kind."""
    plans = SUBJECTS[kind]
    return plans[rng.integers(len(plans))](rng)
