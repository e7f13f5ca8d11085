"""Draws figures from rows, all in one style.

`figures.boot(figures.read(folder))`: each figure is a function from rows to a Figure, or to None when the rows hold
nothing for it. `python3 notebooks/figures RESULTS_DIR` draws every figure that a folder's rows allow.

The look of a number tells where it comes from: simulated is a bar, a line or a black dot; measured a grey square or, on
a line, a marker edged in black; published an open marker. A whisker runs from the 5th to the 95th percentile: of the
trials whose parameters were drawn from their ranges (trial 0, the bar itself, has every parameter at its stated value),
or of measured samples. The same rows give the same bytes.
"""

from .style import COLOURS, GREY, INK, MARKERS, WIDTH

from .files import draw, main, save
from .ink import spelled, three
from .known import (ANSWERS, FIGURES, boot, boot_storm, cold_starts, density, fleet_cost, memory, request, start, syscall)
from .images import image_storm, patch_spread
from .rows import (ALIKE, LOAD, MIDDLE, BadResults, of, read, read_measured, read_rows, summary, wide)
from .samples import measured
from .sold import PARTS, flavours
from .validation import validation
