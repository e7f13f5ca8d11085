#!/usr/bin/env python3
"""What a server and its load generator do for one request, and what servers take to start, measured with the real programs.

Server and client each live in a network namespace of their own, joined by a veth pair with the MTU of a cloud's network, so that
every packet of a request passes a device where it is counted. Written is, of either side and by request: CPU time in user and
in system mode (us; on a veth what one side's kernel does to take a packet in is in the time of the other), system calls, packets
and bytes sent. Of a start it is user time, system calls and page faults until it answers, with its files in the page cache, and of
its memory 3 s later the anonymous and the mapped part.

    sudo real-harness/servers/per_request.py --out results/measured/NAME [redis|pipelined|nginx|apache|node|ruby|starts]...

Needs Debian's redis-server, redis-tools, nginx-light, wrk, apache2, apache2-utils, ruby-sinatra, ruby-redis, puma, linux-perf, iproute2; for starts
ruby-prawn, ruby-activesupport, ruby-nokogiri, ruby-builder, ruby-rbnacl and ruby-bcrypt, too; for node a folder --node with
express@4, hbs@4 and redis@2, and for starts a folder --modules with what modules.js names, in their node_modules (of 2019:
@google-cloud/container 0.3, logging 4, monitoring 0.6, spanner 2, firebase 5, firebase-admin 6; where their native gRPC cannot be
built, @grpc/grpc-js in its place). Uses the standard library only.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile
import time

from counted import MTU, SERVER, Wire, calls_of_start, calls_per_request, per_request, resident, run, serving, used

HERE = pathlib.Path(__file__).resolve().parent

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


def pipelined(wire, options, write):
    """30 connections and 16 requests in a pipeline."""
    base = ["redis-benchmark", "-h", SERVER, "-c", "30", "-P", "16", "-d", "3", "--csv"]
    n = 2_000_000
    with tempfile.TemporaryDirectory() as folder, serving(wire, redis_server(folder), 6379) as pid:
        for name in ("set", "get"):
            load = [*base, "-n", n, "-t", name]
            for trial in range(1, options.trials + 1):
                write(f"redis.{name}.pipelined", trial, per_request(wire, pid, load, n))
            write(f"redis.{name}.pipelined", 1, calls_per_request(wire, pid, load, n))


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


NGINX = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types;
  keepalive_requests 100000000;
  {options}
  server {{ listen 80; root {folder}/html; }}
}}
"""
NGINX_OPTIONS = {
    # As the Unikraft paper's artifact (EuroSys '21, fig_13) set it up everywhere: files stay open, and are read and written.
    "nginx.612": "open_file_cache max=200000 inactive=20s; open_file_cache_valid 30s; open_file_cache_min_uses 2; access_log off;",
    "nginx.612.opened": "access_log off;",
    "nginx.612.sendfile": "sendfile on; access_log off;",
}


def nginx(wire, options, write):
    """A page of 612 bytes from one worker, for 30 connections of wrk that stay open."""
    load = ["wrk", "-t", "1", "-c", "30", "-d", "5s", f"http://{SERVER}/index.html"]
    asked = lambda said: int(re.search(r"(\d+) requests in", said).group(1))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/html")
        pathlib.Path(folder, "html/index.html").write_text("x" * 612)
        conf = pathlib.Path(folder, "nginx.conf")
        for name, stated in NGINX_OPTIONS.items():
            conf.write_text(NGINX.format(folder=folder, options=stated))
            with serving(wire, ["nginx", "-c", conf, "-e", f"{folder}/error.log"], 80) as pid:
                run(*wire.inside(wire.client, load))  # warm
                for trial in range(1, options.trials + 1):
                    write(name, trial, per_request(wire, pid, load, asked))
                write(name, 1, calls_per_request(wire, pid, load, asked))


def with_redis(wire, options, write, name, port, server):
    with tempfile.TemporaryDirectory() as folder, serving(wire, redis_server(folder), 6379):
        with serving(wire, server["command"], port, cwd=server["folder"], env={**os.environ, **server["env"]}) as pid:
            web(wire, options, write, name, pid, port, "", 5000, (25,))


def node(wire, options, write):
    """express renders a page of four strings of 1,024 characters that it asks redis for."""
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


def starts(wire, options, write):
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
    first = lambda *c: next(iter(subprocess.run(c, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.splitlines()), "")
    return {"date": datetime.date.today().isoformat(), "processor": model.group(1), "cores": os.cpu_count(),
            "kernel": platform.release(), "mtu": int(MTU),
            "redis": first("redis-server", "--version"), "nginx": first("nginx", "-v"), "apache": first("apache2", "-v"), "ab": first("ab", "-V"),
            "node": first("node", "--version"), "ruby": first("ruby", "--version"), "puma": first("puma", "--version")}


KINDS = {"redis": redis, "pipelined": pipelined, "nginx": nginx, "apache": apache, "node": node, "ruby": ruby, "starts": starts}
MODULES = {"node": "--node", "starts": "--modules"}  # the option each needs
COLUMNS = ("scenario,stack,workload,machine,era,accel,clock,parallel,burst,instances,trial,seed,metric,statistic,value,unit,origin,"
           "source,outcome").split(",")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all, if none is named")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--node", metavar="FOLDER", help="with node_modules of express, hbs and redis@2")
    parser.add_argument("--modules", metavar="FOLDER", help="with node_modules of what modules.js names")
    parser.add_argument("--trials", type=int, default=5)
    options = parser.parse_args()
    for kind in options.what:
        if kind not in KINDS:
            parser.error(f"{kind}: no such kind; known: {', '.join(KINDS)}")
    options.what = options.what or list(KINDS)
    if options.trials < 1:
        parser.error(f"--trials {options.trials}: must be 1 or more")
    for kind, option in MODULES.items():
        folder = getattr(options, option[2:])
        if kind in options.what and not (folder and pathlib.Path(folder, "node_modules").is_dir()):
            parser.error(f"{option}: {kind} needs a folder with node_modules, and {folder or 'nothing'} is none")
    return options


def writer(file, machine):
    """Writes rows of the harness's columns to an open CSV file."""
    rows = csv.writer(file, lineterminator="\n")
    if file.tell() == 0:
        rows.writerow(COLUMNS)

    def write(workload, trial, values):
        for metric, value in values.items():
            unit = "us" if metric.endswith((".user", ".system")) else "B" if ".bytes" in metric or metric.startswith("memory.") else "1"
            rows.writerow(["", "bare_linux", workload, machine, datetime.date.today().year, "native", "wall", 1, 0, 1, trial, 0,
                           metric, "value", f"{value:.6g}", unit, "measured", "", "ok"])
        file.flush()

    return write


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    with Wire() as wire, open(options.out / "requests.csv", "a", newline="") as file:
        write = writer(file, options.out.name)
        for what in options.what:
            KINDS[what](wire, options, write)
    (options.out / "machine.json").write_text(json.dumps(host(), indent=1) + "\n")


if __name__ == "__main__":
    main()
