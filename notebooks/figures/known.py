"""The figures of a run, by name: each a function from rows to a Figure, or to None when the rows hold nothing for it;
and those of what other commands print as JSON."""

import pandas as pd

import pandas as pd

from .bars import horizontal
from .images import image_storm, patch_spread
from .lines import against
from .rows import LOAD, of
from .sold import flavours
from .validation import validation


def boot(rows):
    starts = of(rows, "time", "boot.total", "boot.vmm", "boot.guest")
    if any(starts[load][starts.ours].nunique() > 1 for load in LOAD):
        return None
    return horizontal(rows, "time", 1e-3, "boot.total", {"boot.vmm": "VMM", "boot.guest": "guest"},
                      "Boot time", "from the launcher's exec to the application's first mark (ms)")


def boot_storm(rows):
    loads = {"parallel": "starts kept in flight", "burst": "starts at the same instant",
             "instances": "instances already running"}
    figures = (against(rows, "time", 1e-3, load, "boot.total", "Boot time under load", label, "boot time (ms)")
               for load, label in loads.items())
    return next(filter(None, figures), None)


def memory(rows):
    return horizontal(rows, "memory", 2.0**20, "memory.private", {}, "Private memory of one instance",
                      "memory that one instance alone holds (MiB)")


def density(rows):
    return (against(rows, "memory", 2.0**30, "instances", "memory.host", "Memory of a host", "instances running",
                    "resident memory (GiB)")
            or against(rows, "count", 1, "instances", "density.instances", "Instances that fit on a host",
                       "instances asked for", "instances running")
            or horizontal(rows, "count", 1, "density.instances", {}, "Instances that fit on a host",
                          "instances running"))


def request(rows):
    accounts = dict.fromkeys(metric for metric in rows.metric if metric.startswith("request.cpu."))
    parts = {metric: metric.removeprefix("request.cpu.").replace("_", " ").replace("vmm", "VMM") for metric in accounts}
    return horizontal(rows, "time", 1e-6, "request.cpu", parts, "CPU time of one request, by who pays",
                      "CPU time per request (µs)")


def syscall(rows):
    return horizontal(rows, "time", 1e-9, "syscall.latency", {}, "Latency of a system call",
                      "latency seen by the caller (ns)", log=True)


def start(rows):
    return horizontal(rows, "time", 1e-3, "start.latency", {}, "Replayed arrivals: median wait for an instance",
                      "from the arrival to the application's first mark (ms)", log=True)


def fleet_cost(rows):
    """Of one way of reading the trace and keeping instances, the first: the others are in the rows."""
    costs = rows[rows.metric == "cost.million_calls"]
    return horizontal(costs[costs.workload == next(iter(costs.workload), "")], "USD", 1, "cost.million_calls", {},
                      "Cost of a million calls on a fleet of each stack", "servers and power (USD a million calls)")


def cold_starts(rows):
    """Of the first stack: whether a call finds an instance depends little on what that is."""
    cold = rows[rows.metric == "cold.rate"]
    return horizontal(cold[cold["stack"] == next(iter(cold["stack"]), "")], "count", 0.01, "cold.rate", {},
                      "Calls that wait for a start, by keep-alive and trace", "share of calls (%)")


def pulls(rows):
    """Of the largest image: the others are in the rows."""
    started = rows[rows.metric == "pull.started"]
    sizes = pd.to_numeric(started.workload.str.split(" MB/").str[0])
    return horizontal(started[sizes == sizes.max()], "time", 1, "pull.started", {},
                      "An image reaches many hosts: until half of them have started", "median over the hosts (s)", log=True)


def bills(rows):
    return horizontal(rows, "USD", 1, "bill", {}, "What a trace of calls is billed, by what is sold", "USD")


def restarts(rows):
    return horizontal(rows, "time", 1, "restart.back", {}, "A host fails: until an instance of it runs elsewhere",
                      "median over the instances lost (s)", log=True)


FIGURES = {"boot": boot, "boot-storm": boot_storm, "memory": memory, "density": density, "request": request,
           "start": start, "syscall": syscall, "fleet-cost": fleet_cost, "cold-starts": cold_starts,
           "pulls": pulls, "bills": bills, "restarts": restarts}

# Of what `strata validate`, `strata fleet flavours`, … print with --json.
ANSWERS = {"validation": validation, "flavours": flavours, "image-storm": image_storm, "patch-spread": patch_spread}
