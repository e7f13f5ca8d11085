"""strata measure --image: a server in an OCI image, as a process and in containers, under load; and what it says to mistakes."""

import csv
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "real-harness" / "images"))
from cannot import Cannot  # noqa: E402
from oci import Buildah, Image  # noqa: E402

STRATA = str(pathlib.Path(os.environ.get("STRATA", "build/strata")).resolve())
STACKS = ["bare_linux", "runc", "crun"]
WRK = "wrk -t1 -c8 -d1s http://{host}:{port}/"
PR_SET_CHILD_SUBREAPER = 36

# One page of 612 bytes for every request. It ends at once where the image's user, folder, environment or a whiteout is
# not honoured.
SERVER = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char* what) { fprintf(stderr, "server: %s\n", what); return 3; }

int main(void) {
  static char answer[1024], page[612], request[4096];
  FILE* file = fopen("page", "r");
  if (!file || fread(page, 1, sizeof page, file) != sizeof page) return fail("no page in the folder it starts in");
  if (getuid() != 33 || getgid() != 34) return fail("another user");
  if (access("/removed", F_OK) == 0) return fail("a file that an upper layer removed");
  if (!getenv("PORT") || strcmp(getenv("HOME"), "/srv")) return fail("another environment");
  if (access("/proc/self/stat", F_OK) || access("/dev/null", W_OK)) return fail("neither /proc nor /dev");
  int size = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: 612\r\n\r\n");
  memcpy(answer + size, page, sizeof page);
  size += sizeof page;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT")))};
  const int listener = socket(AF_INET, SOCK_STREAM, 0), all = epoll_create1(0);
  if (bind(listener, (void*)&at, sizeof at) || listen(listener, 64)) return fail("the port is taken");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  for (epoll_ctl(all, EPOLL_CTL_ADD, listener, &event);;) {
    if (epoll_wait(all, &event, 1, -1) != 1) continue;
    int one = event.data.fd;
    if (one == listener) {
      event.data.fd = accept(listener, 0, 0);
      epoll_ctl(all, EPOLL_CTL_ADD, event.data.fd, &event);
    } else if (read(one, request, sizeof request) <= 0 || write(one, answer, size) != size) {
      close(one);
    }
  }
}
"""
RECIPE = """FROM scratch
COPY server /bin/server
COPY page /srv/page
COPY page /removed
COPY passwd /etc/passwd
ENV PORT=8080
WORKDIR /srv
USER web
CMD ["server"]
"""
# A load of one's own: it says what it measured in lines of three words.
ASK = """import urllib.request, sys
for _ in range(20):
    assert len(urllib.request.urlopen(sys.argv[1]).read()) == 612
print("done, as I think")
print("requests 20 1")
print("page.size 612 B")
"""


def strata(*words, status=0, **options):
    done = subprocess.run([STRATA, *words], capture_output=True, text=True, timeout=100, **options)
    assert done.returncode == status, f"{words}: exit status {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
    return done


def build(folder):
    """An OCI layout with the server, tagged latest; as `lost` it starts in the wrong folder."""
    context = folder / "context"
    context.mkdir()
    (context / "server.c").write_text(SERVER)
    subprocess.run(["gcc", "-O2", "-static", "-o", context / "server", context / "server.c"], check=True)
    (context / "page").write_text("x" * 612)
    (context / "passwd").write_text("root:x:0:0::/:/bin/sh\nweb:x:33:34::/srv:/bin/sh\n")
    (context / "Containerfile").write_text(RECIPE)
    layout = folder / "layout"
    with Buildah(folder) as buildah:
        buildah.build(context / "Containerfile", context, "latest")
        buildah.save("latest", layout)
    for words in (["insert", "--image", f"{layout}:latest", "--whiteout", "/removed"],
                  ["config", "--image", f"{layout}:latest", "--tag", "lost", "--config.workingdir", "/"]):
        subprocess.run(["umoci", *words], check=True, capture_output=True)
    return layout


def changed(layout, name, change):
    """A copy of the layout whose image's config is not as it was."""
    copy = layout.parent / name
    shutil.copytree(layout, copy)
    image = Image(copy, "latest")
    config = copy / "blobs" / image.manifest["config"]["digest"].replace(":", "/")
    described = json.loads(config.read_text())
    change(described)
    config.write_text(json.dumps(described))
    return copy


def measured(image, out, *words, load=WRK, port="8080"):
    return ["measure", "--image", image, "--port", port, "--load", load, "--no-figures", "--machine-name", "here", "--out", str(out), *words]


def numbers(image, folder):
    """Every stack has every number, and what a request asks for is a workload."""
    out = folder / "out"
    only = [word for stack in STACKS for word in ("--stack", stack)]
    said = strata(*measured(image, out, "--quick", "--trials", "2", *only)).stdout
    rows = list(csv.DictReader((out / "rows.csv").open()))
    assert {row["outcome"] for row in rows} <= {"ok", "disturbed", "warm-up"}, rows
    value = {(row["stack"], row["metric"]): float(row["value"]) for row in rows}
    for stack in STACKS:
        assert 0.05 < value[stack, "boot.first_answer"] < 5000, value
        assert 0.02 < value[stack, "memory.loaded.pss"] < 20, value
        assert value[stack, "request.throughput"] > 100 and 5 < value[stack, "request.latency"] < 1e6, value
    first = {stack: min(float(row["value"]) for row in rows if (row["stack"], row["metric"]) == (stack, "boot.first_answer"))
             for stack in STACKS}
    assert first["bare_linux"] < first["runc"], first
    assert all((row["origin"], row["workload"], row["machine"]) == ("measured", "workload", "here") for row in rows), rows
    assert json.loads((out / "host.json").read_text())["application"]["command"] == ["server"]

    workload = out / "workload.toml"
    assert str(workload) in said, said
    assert "without mistakes" in strata("check", str(workload)).stdout
    asked = dict(line.split(" = { value = ") for line in workload.read_text().splitlines() if " = { value" in line)
    number = {key: float(text.split(",")[0].strip('"').split()[0]) for key, text in asked.items()}
    assert all('from = "measured: here, 20' in text for text in asked.values()), asked
    assert number["batch"] >= 1, number  # the last packet_receive and packet_send are those of [bytes]
    assert 600 < number["packet_send"] < 900 and 60 < number["packet_receive"] < 200, number
    if "syscall" in number:  # a read, a write, and an epoll_wait or less
        assert 2.5 < number["syscall"] < 3.5, number
    assert "one request of workload" in strata("compare", "bare_linux", "docker_bare", "--workload", str(workload)).stdout
    said = strata("run", "first-run", "--set", f"workload={workload}", "--stack", "unikraft", "--trials", "2", "--no-figures", "--out", str(folder / "run")).stdout
    assert "unikraft serves" in said or "unikraft" in said, said
    again = strata("measure", "--recorded", str(out), "--no-figures", "--out", str(folder / "again")).stdout
    assert "request.throughput (1/s)" in again, again


def own_load(image, folder):
    """What a load says in lines of three words are metrics; without a number of requests there is no workload."""
    out = folder / "own"
    script = folder / "ask me.py"
    script.write_text(ASK)
    load = f"{sys.executable} '{script}' http://{{host}}:{{port}}/"
    words = ["--stack", "bare_linux", "--trials", "1", "--quick"]
    strata(*measured(image, out, *words, load=load))
    value = {row["metric"]: (float(row["value"]), row["unit"]) for row in csv.DictReader((out / "rows.csv").open())}
    assert value["page.size"] == (612, "B") and 0 < value["load.time"][0] < 20, value
    assert "20 requests" in (out / "workload.toml").read_text()
    script.write_text(ASK.replace("requests 20 1", "many"))
    assert "does not say how many requests" in strata(*measured(image, out, *words, load=load)).stdout
    assert not (out / "workload.toml").exists()


def failures(image, folder):
    """What goes wrong under way is a row, and the exit status is 1."""
    words = ["--stack", "bare_linux", "--trials", "1", "--quick"]
    for wanted, more in [("the load: exit status 1", {"load": "false"}),
                         ("nothing accepted connections at port 81 in time", {"port": "81"})]:
        said = strata(*measured(image, folder / "failed", "--life", "1", *words, **more), status=1)
        assert wanted in said.stdout and "no instance answered its load" in said.stderr, said
    said = strata(*measured(image.replace(":latest", ":lost"), folder / "failed", *words), status=1).stdout
    assert "the application ended by itself: exit status 3: server: no page" in said, said


def mistakes(layout, folder):
    """Wrong input is one line that says where, what and what is known; nothing is left."""
    headless = changed(layout, "headless", lambda c: c["config"].pop("Cmd"))
    foreign = changed(layout, "foreign", lambda c: c.update(architecture="arm64"))
    image = f"oci:{layout}:latest"
    for wanted, words in [
        ("'layout' is no image; it must be oci:LAYOUT:TAG", measured("layout", "no")),
        ("nowhere/index.json: cannot be read", measured("oci:nowhere:latest", "no")),
        ("index.json: 'lates' is no tag there; did you mean 'latest'?", measured(f"oci:{layout}:lates", "no")),
        ("has neither Entrypoint nor Cmd", measured(f"oci:{headless}:latest", "no")),
        ("architecture: is 'arm64'; only amd64", measured(f"oci:{foreign}:latest", "no")),
        ("--port: 'http' is no port; a number from 1 to 65535", measured(image, "no", port="http")),
        ("--port: '70000' is no port", measured(image, "no", port="70000")),
        ("--load: wrkk is no program on PATH", measured(image, "no", load="wrkk -t1")),
        ("--load: a quote in it does not end", measured(image, "no", load="wrk 'x")),
        ("--load: is empty", measured(image, "no", load="")),
        ("'bare_linus' is no stack with a runner; did you mean 'bare_linux'?", measured(image, "no", "--stack", "bare_linus")),
        ("'runc_rootless' takes no images yet; known: bare_linux, runc", measured(image, "no", "--stack", "runc_rootless")),
        ("--metric: of a server", measured(image, "no", "--metric", "boot.total")),
        ("they go with --image", ["measure", "--port", "80"]),
    ]:
        done = strata(*words, status=2, cwd=folder)
        assert wanted in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, (wanted, done)
    assert not (folder / "no").exists()


def alive():
    """Whoever is left of what this started: as a subreaper it inherits every orphan."""
    found = []
    for path in pathlib.Path("/proc/self/task").glob("*/children"):
        found += [int(pid) for pid in path.read_text().split()]
    return [pid for pid in found if pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"]


def kills(image, folder):
    """kill -9 in the middle leaves no process, and nothing else after probe --clean."""
    temporary = folder / "tmp"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    for stack, after in [("bare_linux", 0.8), ("runc", 1.2), ("crun", 1.0)]:
        harness = subprocess.Popen([STRATA, *measured(image, folder / "killed", "--stack", stack)],
                                   env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after)
        assert harness.poll() is None, "it ended by itself"
        harness.kill()
        harness.wait()
        until = time.monotonic() + 3
        while (rest := alive()) and time.monotonic() < until:
            time.sleep(0.02)
        assert not rest, f"processes are left: {rest}"
        strata("probe", "--clean", env=environment)
        name = f"strata-harness-{harness.pid}-"
        groups = [*pathlib.Path("/sys/fs/cgroup").glob(f"{name}*"), *pathlib.Path("/sys/fs/cgroup").glob(f"*/{name}*")]
        mounts = [line for line in open("/proc/self/mounts") if str(temporary) in line]
        assert not groups and not mounts and not list(temporary.iterdir()), (groups, mounts, list(temporary.iterdir()))


def cannot():
    """Why applications cannot be measured here; nothing when they can."""
    if os.geteuid() != 0:
        return "It needs root: applications are started in network namespaces."
    for program in ("gcc", "umoci", "wrk", "runc", "crun"):
        if not shutil.which(program):
            return f"{program} is not installed; on Debian: apt-get install {program}"
    if not any(line.split()[4] == "/" for line in open("/proc/self/mountinfo")):
        return "/ is no mount point here (a chroot), so nothing started can have mounts of its own."
    return None


def main():
    if reason := cannot():
        print(reason)
        return 77
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            layout = build(folder)
        except Cannot as reason:
            print(reason)
            return 77
        image = f"oci:{layout}:latest"
        mistakes(layout, folder)
        numbers(image, folder)
        own_load(image, folder)
        failures(image, folder)
        kills(image, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
