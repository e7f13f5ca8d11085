# On a fresh Debian 12 with git, make, and sudo or root:
#
#   make run       install what is missing, build, run the first scenario (another: make run SCENARIO=boot-storm)
#   make test      the same, then every test
#
#   make build     leaves build/strata
#   make images    leaves what the harness starts in build/images/; make images-debian adds Debian's, for their sizes
#   make repeatability   measures five times, everything that can run here, and says whether it repeats (an hour or two)
#   make long      the tests that take minutes: every bad guest, each in an emulated Xen of its own
#   make timed     the tests that compare speeds (our TCP beside iperf3, five runs of a measurement, strata_relay, strata_segments), on a machine that does nothing else
#   make mutations   a million mutated files and rings through the tender's loader and network (STRATA_MUTATIONS=N)
#   make paper     runs the paper's scenarios and makes its PDF (under 20 minutes); make paper-quick makes it from the rows in results/
#   make kick-the-tires   in under 10 minutes: does the artifact work?
#   make requests   a million requests to the guest program's web server, as a process, in a container and as a unikernel
#   make bench     runs build/strata-bench, the micro-benchmarks
#   make deps      only installs the packages of .ci/packages.txt that are missing
#   make format    rewrites the C++ as .clang-format says
#   make clean     removes build/
#
# PRESET=asan, tsan or release builds into build/<preset>/ instead; see CMakePresets.json.

PRESET ?= dev
SCENARIO ?= first-run

built := $(if $(filter dev,$(PRESET)),build,build/$(PRESET))
jobs := $(shell nproc 2>/dev/null || echo 1)

export CMAKE_GENERATOR ?= $(if $(shell command -v ninja 2>/dev/null),Ninja,Unix Makefiles)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(jobs)
export CTEST_PARALLEL_LEVEL ?= $(jobs)

.PHONY: run test build long timed images images-debian bench mutations requests repeatability paper paper-quick kick-the-tires deps deps-paper \
	configure format clean

run: build
	@$(built)/strata run $(SCENARIO)

# What a test skips for lack of an image or a runner, the lines before the tests give the reason for.
test: configure
	@cmake --build --preset $(PRESET)
	-@cmake --build --preset $(PRESET) --target strata-images
	@$(built)/strata probe
	@echo "Left out here: tests that compare speeds, which a busy machine fails (make timed), and those that take minutes (make long)."
	@ctest --preset $(PRESET) -LE 'timed|long'

build: configure
	@cmake --build --preset $(PRESET) --target strata

images: configure
	@cmake --build --preset $(PRESET) --target strata-images

images-debian: configure
	@cmake --build --preset $(PRESET) --target strata-images-debian

long: configure
	@cmake --build --preset $(PRESET)
	-@cmake --build --preset $(PRESET) --target strata-images
	@ctest --preset $(PRESET) -L long

timed: configure
	@cmake --build --preset $(PRESET)
	@ctest --preset $(PRESET) -L timed --verbose

bench: configure
	@cmake --build --preset $(PRESET) --target strata-bench
	@$(built)/strata-bench

mutations: configure
	@cmake --build --preset $(PRESET) --target test-tender
	@STRATA_MUTATIONS=$${STRATA_MUTATIONS:-1000000} $(built)/test-tender --gtest_filter='*Mutated*:*AnyContents*'

requests: build
	@STRATA=$(built)/strata STRATA_REQUESTS=$${STRATA_REQUESTS:-1000000} python3 -B tests/harness/page.py

# Only errors and warnings are worth reading here.
configure: deps
	@cmake --preset $(PRESET) >/dev/null

# STRATA is what the script starts.
repeatability: build
	@STRATA=$(built)/strata python3 -B tests/harness/repeatability.py 5 --minutes 15

paper: build deps-paper
	@$(built)/strata paper

paper-quick: build deps-paper
	@$(built)/strata paper --quick

# Does it build, run, repeat to the byte, start something real, and draw?
kick-the-tires: build
	@$(built)/strata run first-run --no-figures --out $(built)/tires/one
	@$(built)/strata run first-run --no-figures --jobs 1 --out $(built)/tires/two >/dev/null
	@cmp $(built)/tires/one/results.csv $(built)/tires/two/results.csv && echo "two runs: the same bytes"
	@$(built)/strata probe
	@$(built)/strata measure --quick --minutes 0.3 --stack bare_linux --no-figures --out $(built)/tires/measured
	@$(built)/strata paper --quick boot-storm

deps:
	@.ci/install-packages .ci/packages.txt

deps-paper:
	@.ci/install-packages .ci/packages-paper.txt

format:
	@command -v clang-format >/dev/null || { echo "make format needs Debian's clang-format" >&2; exit 1; }
	@find models stacks workloads real-harness tests -name '*.h' -o -name '*.cpp' | xargs -r clang-format -i

clean:
	@rm -rf build
