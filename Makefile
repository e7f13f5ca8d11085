# On a fresh Debian 12 with git, make, and sudo or root:
#
#   make run       install what is missing, build, run the first scenario (another: make run SCENARIO=boot-storm)
#   make test      the same, then every test
#
#   make build     leaves build/strata
#   make images    leaves what the harness starts in build/images/; make images-debian adds Debian's, for their sizes
#   make repeatability   measures five times, everything that can run here, and says whether it repeats (an hour or two)
#   make long      the tests that take minutes: every bad guest, each in an emulated Xen of its own
#   make timed     the tests that compare speeds (our TCP beside iperf3, five runs of a measurement), on a machine that does nothing else
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

.PHONY: run test build long timed images images-debian bench repeatability deps configure format clean

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

# Only errors and warnings are worth reading here.
configure: deps
	@cmake --preset $(PRESET) >/dev/null

# STRATA is what the script starts.
repeatability: build
	@STRATA=$(built)/strata python3 -B tests/harness/repeatability.py 5 --minutes 15

deps:
	@.ci/install-packages

format:
	@command -v clang-format >/dev/null || { echo "make format needs Debian's clang-format" >&2; exit 1; }
	@find models stacks workloads real-harness tests -name '*.h' -o -name '*.cpp' | xargs -r clang-format -i

clean:
	@rm -rf build
