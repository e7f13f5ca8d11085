"""The sizes of images, as rows of results (results/README.md)."""

import csv

COLUMNS = ("scenario,stack,workload,machine,era,accel,clock,parallel,burst,instances,trial,seed,"
           "metric,statistic,value,unit,origin,source,outcome").split(",")


def row(image, metric, size, source="", outcome="ok"):
    """One size in bytes; None, with an outcome that says why, when there is none. The image's name is its `stack`."""
    values = {"scenario": "images", "stack": image, "era": 2026, "clock": "wall", "metric": metric, "statistic": "value",
              "value": "" if size is None else size, "unit": "B", "origin": "measured", "source": source, "outcome": outcome}
    numbers = dict.fromkeys(("parallel", "burst", "instances", "trial", "seed"), 0)
    return dict.fromkeys(COLUMNS, "") | numbers | values


def of_image(name, image):
    """The rows of an OCI image: its layers compressed, and the files in them."""
    return [row(name, "image.size", image.size(), image.digest),
            row(name, "image.unpacked", image.unpacked_size(), image.digest)]


def record(path, rows):
    """Puts the rows into the file, in place of all rows of the same images."""
    kept = []
    if path.exists():
        with open(path, newline="") as file:
            kept = list(csv.DictReader(file))
    images = {new["stack"] for new in rows}
    everything = [old for old in kept if old["stack"] not in images] + rows
    with open(path, "w", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows(sorted(everything, key=lambda one: (one["stack"], one["metric"])))
