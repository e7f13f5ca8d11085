"""A server in one network namespace and its client in another, and what a load costs either: CPU time, system calls, and what the wire
between them saw. Uses ip, perf and the standard library only."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

MTU = "1460"  # of Google Compute Engine's networks
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
TICK = os.sysconf("SC_CLK_TCK")
CALLS = "raw_syscalls:sys_enter"


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **options)


class Wire:
    """Two network namespaces and the pair between them; gone on exit."""

    def __init__(self):
        self.server, self.client = f"strata-s{os.getpid()}", f"strata-c{os.getpid()}"

    def __enter__(self):
        for name in (self.server, self.client):
            run("ip", "netns", "add", name)
        run("ip", "link", "add", "near", "netns", self.server, "type", "veth", "peer", "name", "far", "netns", self.client)
        for name, device, address in ((self.server, "near", SERVER), (self.client, "far", CLIENT)):
            run("ip", "-n", name, "address", "add", address + "/24", "dev", device)
            run("ip", "-n", name, "link", "set", device, "mtu", MTU, "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for name in (self.server, self.client):
            subprocess.run(["ip", "netns", "delete", name], check=False)

    def inside(self, name, command):
        return ["ip", "netns", "exec", name, *map(str, command)]

    def counted(self):
        """Packets and bytes that the server's end took in and gave out. A segment that the kernel hands over whole counts
        once. `to_own`: between programs of the server's own namespace, both ways."""
        text = run("ip", "-n", self.server, "-s", "-j", "link", "show").stdout
        stats = {device["ifname"]: device["stats64"] for device in json.loads(text)}
        near = stats["near"]
        return {"packets_in": near["rx"]["packets"], "bytes_in": near["rx"]["bytes"],
                "packets_out": near["tx"]["packets"], "bytes_out": near["tx"]["bytes"],
                "packets_to_own": stats["lo"]["rx"]["packets"], "bytes_to_own": stats["lo"]["rx"]["bytes"]}


def descendants(pid):
    """A process and all that came from it."""
    out = [pid]
    for p in out:
        for tid in os.listdir(f"/proc/{p}/task"):
            with contextlib.suppress(FileNotFoundError):
                out += [int(c) for c in pathlib.Path(f"/proc/{p}/task/{tid}/children").read_text().split()]
    return out


def cpu_seconds(pid):
    """User and system time of a process and all that came from it."""
    fields = [pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split() for p in descendants(pid)]
    return [sum(int(f[n]) for f in fields) / TICK for n in (11, 12)]


def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return [used.ru_utime, used.ru_stime]


@contextlib.contextmanager
def serving(wire, command, port, **options):
    """A server in its namespace, answering at the port; ended on exit."""
    process = subprocess.Popen(wire.inside(wire.server, command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True, **options)
    try:
        probe = wire.inside(wire.client, ["bash", "-c", f"exec 3<>/dev/tcp/{SERVER}/{port}"])
        for _ in range(200):
            if subprocess.run(probe, capture_output=True).returncode == 0:
                break
            if process.poll() is not None:
                sys.exit(f"{command[0]} ended with {process.returncode} before it answered")
            time.sleep(0.1)
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def system_calls(text):
    """Counts out of perf's comma-separated report, by the call's name."""
    counts = {}
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[0].strip().isdigit():
            counts[fields[2]] = int(fields[0])
    return counts


def number(requests, done):
    """Of a load's requests: stated beforehand, or read off what the load said in the end."""
    return requests(done.stdout) if callable(requests) else requests


def per_request(wire, pid, load, requests):
    """One load on the server: CPU time of either side, and what the wire saw, by request."""
    wired = wire.counted()
    before = {"server": cpu_seconds(pid), "client": children_seconds()}
    requests = number(requests, run(*wire.inside(wire.client, load)))
    after = {"server": cpu_seconds(pid), "client": children_seconds()}
    out = {f"{side}.{mode}": (after[side][n] - before[side][n]) * 1e6 / requests
           for side in before for n, mode in enumerate(("user", "system"))}
    return {**out, **{f"wire.{k}": (v - wired[k]) / requests for k, v in wire.counted().items()}}


def calls_per_request(wire, pid, load, requests):
    """The same load once more under perf: system calls of either side by request."""
    pids = ",".join(map(str, descendants(pid)))
    with tempfile.NamedTemporaryFile("r") as of_server, tempfile.NamedTemporaryFile("r") as of_client:
        watch = subprocess.Popen(["perf", "stat", "-x,", "-e", CALLS, "-p", pids, "-o", of_server.name])
        time.sleep(0.5)
        done = run("perf", "stat", "-x,", "-e", CALLS, "-o", of_client.name, "--", *wire.inside(wire.client, load))
        requests = number(requests, done)
        watch.send_signal(signal.SIGINT)
        watch.wait()
        return {"server.syscalls": system_calls(of_server.read())[CALLS] / requests,
                "client.syscalls": system_calls(of_client.read())[CALLS] / requests}


def resident(pid):
    """Anonymous and mapped bytes of a process and all that came from it."""
    out = {"memory.anonymous": 0, "memory.mapped": 0}
    for p in descendants(pid):
        status = dict(re.findall(r"(Rss\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{p}/status").read_text()))
        out["memory.anonymous"] += 1024 * int(status["RssAnon"])
        out["memory.mapped"] += 1024 * int(status["RssFile"])
    return out


def used(pid):
    """User time (us) and first touches of pages of a process and all that came from it."""
    fields = [pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split() for p in descendants(pid)]
    return {"start.user": 1e6 * sum(int(f[11]) for f in fields) / TICK, "start.faults": sum(int(f[7]) for f in fields)}


def calls_of_start(wire, command, port, **options):
    with tempfile.NamedTemporaryFile("r") as report:
        watched = ["perf", "stat", "-x,", "-e", CALLS, "-o", report.name, "--", *command]
        with serving(wire, watched, port, **options) as pid:
            for started in descendants(pid)[1:2]:
                os.kill(started, signal.SIGTERM)  # perf writes when it ends
            time.sleep(3)
        return {"start.syscalls": system_calls(report.read())[CALLS]}
