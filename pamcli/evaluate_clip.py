"""One clip by every cost constraint at once, in one pass that holds two frames, never the clip."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median

import numpy as np

from pamcli.evaluate_data import BAND, Sample, Spoiling
from pamcli.evaluate_rows import COARSE, HALF, Row
from pamcli.frame import Alpha
from pamcli.hints import subject_hint
from pamcli.matting import Choice, Network, Spent, matte_frame, region
from pamcli.metrics import FrameErrors, as_in_file, frame_errors
from pamcli.path import gmac_of_frame, path_name
from pamcli.settings import EvaluationHint
from pamcli.trimap import UNKNOWN


@dataclass(slots=True, kw_only=True)
class Tally:
    """What has been measured of one way to matte a clip, up to the frame at hand."""

    errors: list[FrameErrors] = field(default_factory=list)
    last: tuple[Alpha, Alpha] | None = None  # alpha and truth of the frame before
    gmac: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    paths: Counter[str] = field(default_factory=Counter)

    def add(self, alpha: Alpha, truth: Alpha) -> None:
        """Count one frame's errors. alpha: of the whole frame, not rounded yet."""
        rounded = as_in_file(alpha)
        self.errors.append(frame_errors(rounded, truth, self.last))
        self.last = rounded, truth

    def spend(self, spent: Spent, network: Network) -> None:
        """Count what the frame took; a frame without an unknown pixel took nothing."""
        cost = 0.0 if spent.path is None else network.costs.cost(spent.path)
        self.gmac.append(gmac_of_frame(cost, spent.pixels, 1))
        if spent.path is not None:
            self.ms.append(spent.seconds * 1e3)
            self.paths[path_name(spent.path)] += 1

    def row(self, name: str, way: str) -> Row:
        """Means over the frames; of the milliseconds the median, for the first frame of a size
        compiles kernels.
        """
        errors = [asdict(frame) for frame in self.errors]
        figures = {key: float(np.mean([row[key] for row in errors])) for key in errors[0]}
        if self.gmac:
            figures["gmac"] = float(np.mean(self.gmac))
            figures["ms"] = median(self.ms) if self.ms else 0.0
        return Row(name=name, way=way, figures=figures, paths=dict(self.paths.most_common()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipHint:
    """What clips are matted by, and whether the coarse subject is measured as an alpha too."""

    hint: EvaluationHint = EvaluationHint.TRIMAP
    coarse: bool = False


BY_TRIMAPS = ClipHint()


def clip_rows(
    network: Network,
    name: str,
    samples: Iterable[Sample],
    constraints: Sequence[int],
    spoiling: Spoiling,
    asked: ClipHint = BY_TRIMAPS,
) -> list[Row]:
    """A row for each C_c, and the references; errors count over whole frames.

    References: 0.5 in the band of the clip's own trimap, and the coarse subject where it is asked
    for. samples: the clip's frames, at least one. Raises InputError when C_c is too small.
    """
    tallies = {str(constraint): Tally() for constraint in constraints}
    half, coarse = Tally(), Tally()
    by_subject = asked.hint is EvaluationHint.SUBJECT
    finder = subject_hint(BAND) if by_subject or asked.coarse else None
    for sample in samples:
        unknown = sample.trimap == UNKNOWN
        half.add(np.where(unknown, np.float32(0.5), sample.truth), sample.truth)
        frame = replace(sample.frame, rgb=spoiling.picture(sample.frame.rgb))
        trimap = spoiling.trimap(sample.trimap)
        if finder is not None:
            found = finder.estimate(frame)
            coarse.add(found.mask, sample.truth)
            trimap = finder.trimap_of(found) if by_subject else trimap
        box = region(trimap)
        for constraint in constraints:
            choice = Choice(cost_constraint=constraint)
            matte, spent = matte_frame(network, frame, trimap, choice, box)
            tallies[str(constraint)].add(matte.alpha, sample.truth)
            tallies[str(constraint)].spend(spent, network)
    rows = [tally.row(name, way) for way, tally in tallies.items()]
    references = [half.row(name, HALF)]
    if asked.coarse:
        references.append(coarse.row(name, COARSE))
    return [*rows, *references]
