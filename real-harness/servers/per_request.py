#!/usr/bin/env python3
"""What a server and its load generator do for one request, and what servers take to start, measured with the real programs.

Server and client each live in a network namespace of their own, joined by a veth pair with the MTU of a cloud's network, so that
every packet of a request passes a device where it is counted. Written is, of either side and by request: CPU time in user and
in system mode (us; on a veth what one side's kernel does to take a packet in is in the time of the other), system calls, packets
and bytes sent. Of a start it is user time, system calls and page faults until it answers, with its files in the page cache, and of
its memory 3 s later the anonymous and the mapped part.

    sudo real-harness/servers/per_request.py --out results/measured/NAME [redis|apache|node|ruby|starts]...

Needs Debian's redis-server, redis-tools, apache2, apache2-utils, ruby-sinatra, ruby-redis, puma, linux-perf, iproute2; for starts
ruby-prawn, ruby-activesupport, ruby-nokogiri, ruby-builder, ruby-rbnacl and ruby-bcrypt, too; for node a folder --node with
express@4, hbs@4 and redis@2, and for starts a folder --modules with what modules.js names, in their node_modules (of 2019:
@google-cloud/container 0.3, logging 4, monitoring 0.6, spanner 2, firebase 5, firebase-admin 6; where their native gRPC cannot be
built, @grpc/grpc-js in its place). Uses the standard library only.
"""

import argparse
import contextlib
import csv
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MTU = "1460"  # of Google Compute Engine's networks
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
TICK = os.sysconf("SC_CLK_TCK")
CALLS = "raw_syscalls:sys_enter"

# redis-benchmark's own tests, as 5.0 names them; LRANGE_500 asked for the first 450 elements then.
REDIS = {
    "ping_inline": (["-t", "ping_inline"], 200000),
    "ping_bulk": (["-t", "ping_mbulk"], 200000),
    "set": (["-t", "set"], 200000),
    "get": (["-t", "get"], 200000),
    "incr": (["-t", "incr"], 200000),
    "lpush": (["-t", "lpush"], 200000),
    "rpush": (["-t", "rpush"], 200000),
    "lpop": (["-t", "lpop"], 200000),
    "rpop": (["-t", "rpop"], 200000),
    "sadd": (["-t", "sadd"], 200000),
    "hset": (["-t", "hset"], 200000),
    "spop": (["-t", "spop"], 200000),
    "lrange_100": (["lrange", "mylist", "0", "99"], 100000),
    "lrange_300": (["lrange", "mylist", "0", "299"], 60000),
    "lrange_500": (["lrange", "mylist", "0", "449"], 40000),
    "lrange_600": (["lrange", "mylist", "0", "599"], 40000),
    "mset": (["-t", "mset"], 200000),
}


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


def per_request(wire, pid, load, requests):
    """One load on the server: CPU time of either side, and what the wire saw, by request."""
    wired = wire.counted()
    before = {"server": cpu_seconds(pid), "client": children_seconds()}
    run(*wire.inside(wire.client, load))
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
        run("perf", "stat", "-x,", "-e", CALLS, "-o", of_client.name, "--", *wire.inside(wire.client, load))
        watch.send_signal(signal.SIGINT)
        watch.wait()
        return {"server.syscalls": system_calls(of_server.read())[CALLS] / requests,
                "client.syscalls": system_calls(of_client.read())[CALLS] / requests}


def redis_server(folder):
    return ["redis-server", "--port", "6379", "--save", "", "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", folder]


def redis(wire, options, write):
    base = ["redis-benchmark", "-h", SERVER, "-c", "50", "--csv"]
    with tempfile.TemporaryDirectory() as folder, serving(wire, redis_server(folder), 6379) as pid:
        for name, (what, n) in REDIS.items():
            if name == "lrange_100":  # a list to take ranges of
                run(*wire.inside(wire.client, ["redis-cli", "-h", SERVER, "del", "mylist"]))
                run(*wire.inside(wire.client, [*base, "-n", "100000", "-t", "lpush"]))
            load = [*base, "-n", n, *what]
            for trial in range(1, options.trials + 1):
                write(f"redis.{name}", trial, per_request(wire, pid, load, n))
            write(f"redis.{name}", 1, calls_per_request(wire, pid, load, n))


def web(wire, options, write, name, pid, port, path, n, connections):
    for c in connections:
        load = ["ab", "-q", "-n", n, "-c", c, f"http://{SERVER}:{port}/{path}"]
        run(*wire.inside(wire.client, load))  # warm
        for trial in range(1, options.trials + 1):
            write(f"{name}.c{c}", trial, per_request(wire, pid, load, n))
        write(f"{name}.c{c}", 1, calls_per_request(wire, pid, load, n))


APACHE = """
ServerRoot /etc/apache2
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Listen 80
ServerName localhost
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
User nobody
Group nogroup
ErrorLog {folder}/error.log
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" combined
CustomLog {folder}/access.log combined
DocumentRoot {folder}/html
<Directory {folder}/html>
  Options Indexes FollowSymLinks
  AllowOverride None
  Require all granted
</Directory>
"""


def apache(wire, options, write):
    """Debian's modules and one process of threads (apache2 -X); what is asked for is not there."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/html")
        conf = pathlib.Path(folder, "apache2.conf")
        conf.write_text(APACHE.format(folder=folder))
        with serving(wire, ["apache2", "-X", "-f", conf], 80) as pid:
            web(wire, options, write, "apache.notfound", pid, 80, "notfound", 20000, (1, 5, 10, 25))


def with_redis(wire, options, write, name, port, server):
    with tempfile.TemporaryDirectory() as folder, serving(wire, redis_server(folder), 6379):
        with serving(wire, server["command"], port, cwd=server["folder"], env={**os.environ, **server["env"]}) as pid:
            web(wire, options, write, name, pid, port, "", 5000, (25,))


def node(wire, options, write):
    """express renders a page of four strings of 1,024 characters that it asks redis for."""
    if not options.node:
        sys.exit("node needs --node FOLDER with express, hbs and redis@2 in its node_modules")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("page.js", "page.hbs"):
            shutil.copy(HERE / name, folder)
        os.symlink(pathlib.Path(options.node).resolve() / "node_modules", f"{folder}/node_modules")
        with_redis(wire, options, write, "node.page", 8080,
                   {"command": ["node", "page.js", "127.0.0.1"], "folder": folder, "env": {}})


def ruby(wire, options, write):
    """sinatra on puma renders a page of five such strings."""
    with_redis(wire, options, write, "ruby.page", 9292,
               {"command": ["puma", "--port", "9292", HERE / "page.ru"], "folder": HERE,
                "env": {"host": "127.0.0.1", "RACK_ENV": "production"}})


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


def starts(wire, options, write):
    if not options.modules:
        sys.exit("starts needs --modules FOLDER with the modules of modules.js in its node_modules")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "modules.js", folder)
        os.symlink(pathlib.Path(options.modules).resolve() / "node_modules", f"{folder}/node_modules")
        servers = {"node.modules": (["node", "modules.js"], 8080),
                   "ruby.modules": (["puma", "--port", "3000", HERE / "modules.ru"], 3000)}
        at = {"cwd": folder, "env": {**os.environ, "RACK_ENV": "production"}}
        for trial in range(options.trials + 1):  # the first warms the page cache
            for name, (command, port) in servers.items():
                with serving(wire, command, port, **at) as pid:
                    start = used(pid)
                    time.sleep(3)
                    if trial:
                        write(name, trial, {**start, **resident(pid)})
        for name, (command, port) in servers.items():
            write(name, 1, calls_of_start(wire, command, port, **at))
    # A list of 100,000 values of 10,000 bytes.
    with tempfile.TemporaryDirectory() as folder, serving(wire, redis_server(folder), 6379) as pid:
        run(*wire.inside(wire.client, ["redis-benchmark", "-h", SERVER, "-d", "10000", "-t", "lpush"]))
        time.sleep(3)
        write("redis.gigabyte", 1, resident(pid))


def host():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    first = lambda *c: next(iter(subprocess.run(c, capture_output=True, text=True).stdout.splitlines()), "")
    return {"date": datetime.date.today().isoformat(), "processor": model.group(1), "cores": os.cpu_count(),
            "kernel": platform.release(), "mtu": int(MTU),
            "redis": first("redis-server", "--version"), "apache": first("apache2", "-v"), "ab": first("ab", "-V"),
            "node": first("node", "--version"), "ruby": first("ruby", "--version"), "puma": first("puma", "--version")}


def main():
    kinds = {"redis": redis, "apache": apache, "node": node, "ruby": ruby, "starts": starts}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", nargs="*", choices=[*kinds, []], help="all, if none is named")
    parser.add_argument("--out", required=True)
    parser.add_argument("--node", help="folder with a node_modules")
    parser.add_argument("--modules", help="the same, for starts")
    parser.add_argument("--trials", type=int, default=5)
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    name = out.name
    columns = ("scenario,stack,workload,machine,era,accel,clock,parallel,burst,instances,trial,seed,metric,statistic,value,unit,"
               "origin,source,outcome").split(",")
    with Wire() as wire, open(out / "requests.csv", "a", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            rows.writerow(columns)

        def write(workload, trial, values):
            for metric, value in values.items():
                unit = "us" if metric.endswith((".user", ".system")) else "B" if ".bytes" in metric or metric.startswith("memory.") else "1"
                rows.writerow(["", "bare_linux", workload, name, datetime.date.today().year, "native", "wall", 1, 0, 1, trial, 0,
                               metric, "value", f"{value:.6g}", unit, "measured", "", "ok"])
            file.flush()

        for what in options.what or kinds:
            kinds[what](wire, options, write)
    (out / "machine.json").write_text(json.dumps(host(), indent=1) + "\n")


if __name__ == "__main__":
    main()
