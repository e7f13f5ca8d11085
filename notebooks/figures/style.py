"""The look that all figures share: colours, hatches, markers, fonts. Colour-blind readers and grey paper lose nothing."""

import logging

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # or the first run ever says that it builds a font cache

import matplotlib

# Okabe and Ito's colours without the yellow, which white paper swallows; hatches and markers say the same in grey.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000"]
HATCHES = ["", "/////", ".....", "\\\\\\\\\\", "xxxxx", "-----", "ooo"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
DASHES = ["-", (0, (6, 2)), (0, (6, 2, 1, 2))]
FAR = {"linestyle": (0, (1, 1.2)), "linewidth": 0.9}  # the line of a tail
# What a section of a bar is called has one look in every figure.
SECTIONS = {"VMM": 0, "guest": 1, "host": 2, "dom0": 3, "hypervisor": 4, "app": 5, "other": 6}
INK, GREY = "#222222", "#666666"
POINTS = {"measured": {"marker": "s", "markerfacecolor": "#BBBBBB"},
          "published": {"marker": "D", "markerfacecolor": "white"}}
STYLE = {"font.family": "DejaVu Sans", "font.size": 8, "text.color": INK, "axes.labelsize": 8, "axes.linewidth": 0.6,
         "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "grid.color": "#DDDDDD",
         "grid.linewidth": 0.5, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "hatch.linewidth": 0.6,
         "legend.frameon": False, "legend.fontsize": 7.5, "legend.handlelength": 2.4, "pdf.fonttype": 42,
         "figure.constrained_layout.use": True, "savefig.dpi": 200}
SAMPLE = {"markersize": 3, "markerfacecolor": "#9FC6E3", "markeredgewidth": 0.4}
SAMPLE_DISTURBED = {**SAMPLE, "markerfacecolor": "none", "markeredgecolor": "#888888"}
DISTURBED = {"facecolor": "none", "edgecolor": "#CCCCCC", "hatch": "////", "linewidth": 0}
WIDTH = 6.5  # inches, the text width of a page

matplotlib.rcdefaults()  # not whatever this user's matplotlibrc says
matplotlib.rcParams.update(STYLE)
