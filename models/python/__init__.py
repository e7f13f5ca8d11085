"""Strata from Python: its stacks, scenarios and results as pandas data frames.

    >>> import strata
    >>> strata.stacks().loc["unikraft", "title"]
    'Unikraft on QEMU and KVM'

Whatever a person could have got wrong is a ValueError that says what, and what is known:

    >>> strata.explain("unikraft", "sycall")
    Traceback (most recent call last):
    ...
    ValueError: 'sycall' is no workload and nothing an application asks for; did you mean 'syscall'?; known: ...

`stacks_from` and `workloads_from` are folders read beside Strata's own, as --stacks and --workloads. Files are read anew by
every call. The same arguments give the same numbers.
"""

import io
import json
import os
import pathlib

import pandas

from . import _core

__all__ = ["explain", "home", "machines", "numbers", "predict", "results", "run", "scenarios", "stacks", "workloads"]


def home():
    """The folder whose stacks/, workloads/ and results/published/ are read."""
    return pathlib.Path(_core.home())


def _listed(kind, stacks_from=(), workloads_from=()):
    known = json.loads(_core.list(kind, [str(f) for f in stacks_from], [str(f) for f in workloads_from]))
    return pandas.DataFrame(known, columns=["id", "title"]).set_index("id")


def stacks(stacks_from=()):
    """Every stack, by id, with its title."""
    return _listed("stacks", stacks_from)


def machines(stacks_from=()):
    """Every machine that stacks can stand on, by id, with its title."""
    return _listed("machines", stacks_from)


def workloads(workloads_from=()):
    """Every workload, by id, with its title."""
    return _listed("workloads", workloads_from=workloads_from)


def scenarios(workloads_from=()):
    """Every scenario, by id, with the question it answers.

    >>> "boot-storm" in strata.scenarios().index
    True
    """
    return _listed("scenarios", workloads_from=workloads_from).rename(columns={"title": "question"})


def numbers(stack, stacks_from=()):
    """Every number of a stack with its range (5th and 95th percentile) and where it comes from.

    >>> strata.numbers("bare_linux").evidence.isin(["measured", "cited", "assumed"]).all()
    True
    """
    return pandas.DataFrame(json.loads(_core.show(stack, [str(f) for f in stacks_from]))["numbers"])


def explain(stack, operation, machine="m5d_metal", stacks_from=(), workloads_from=()):
    """The walk of one operation, or one unit of a workload, through a stack's layers at stated parameters: a row a step.

    Latencies and CPU times are in nanoseconds; steps nobody waits for are `async`.

    >>> walk = strata.explain("bare_linux", "syscall")
    >>> walk[["layer", "what", "latency_ns"]].values.tolist()
    [['', 'syscall', 186.0], ['host', 'syscall', 34.0]]
    """
    return pandas.DataFrame(json.loads(_core.explain(stack, operation, machine, [str(f) for f in stacks_from],
                                                     [str(f) for f in workloads_from]))["steps"])


def predict(stack, metric, machine="m5d_metal", workload="", running=0, parallel=0, burst=0, quantile=None, memory="",
            size="", dirty="", depth=1, draws=64, seed=1, jobs=os.cpu_count() or 1, stacks_from=(), workloads_from=()):
    """One number of a stack, as `strata predict` gives it: value, unit, low and high (90 % interval), sources, assumed_share,
    envelope. A wrong metric names the known ones.

    >>> call = strata.predict("bare_linux", "syscall.null")
    >>> call["value"], call["unit"], call["low"] < call["value"] < call["high"]
    (220.0, 'ns', True)
    """
    return json.loads(_core.predict(str(stack), metric, machine, str(workload), running, parallel, burst, quantile, memory, size,
                                    dirty, depth, draws, seed, jobs, [str(f) for f in stacks_from], [str(f) for f in workloads_from]))


def run(scenario, stacks=(), trials=None, seed=None, jobs=os.cpu_count() or 1, stacks_from=(), workloads_from=(), **axes):
    """Plays a scenario and gives its tidy rows, as results.csv holds them (results/README.md). Writes no file.

    `trials` is how often parameters are drawn from their ranges, beside trial 0 at stated values. Axes are given by name, one
    value or a list.

    >>> rows = strata.run("first-run", stacks=["bare_linux", "unikraft"], trials=0)
    >>> rows.query("metric == 'syscall.latency' and statistic == 'value'").set_index("stack").value.round(1).to_dict()
    {'bare_linux': 220.0, 'unikraft': 4.6}
    >>> storm = strata.run("boot-storm", stacks=["firecracker_linux"], trials=0, starts=100, parallel=[1, 10])
    >>> sorted(storm.parallel.unique())
    [1, 10]
    """
    def text(value):
        return ",".join(str(v) for v in value) if isinstance(value, (list, tuple)) else str(value)
    sets = [f"{axis}={text(value)}" for axis, value in axes.items()]
    return _rows(io.StringIO(_core.run(str(scenario), [str(s) for s in stacks], sets, trials, seed, jobs,
                                       [str(f) for f in stacks_from], [str(f) for f in workloads_from])))


def results(folder):
    """The rows of a folder that strata run (results.csv) or strata measure (rows.csv) wrote."""
    folder = pathlib.Path(folder)
    for name in ["results.csv", "rows.csv"]:
        if (folder / name).exists():
            return _rows(folder / name)
    raise ValueError(f"{folder}: holds neither results.csv nor rows.csv; give the folder that strata run or measure names")


def _rows(file):
    # An empty text is an empty text: no workload, no source.
    return pandas.read_csv(file, keep_default_na=False, na_values={"value": [""]})
