# Two commands do everything: `make sample` and `make test`. They need make and Python 3.11 or newer.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
PIP    := $(PY) -m pip install -qq --disable-pip-version-check --no-input
STAMPS := .stamps

# OpenCV's usual build links the window system's libraries; on a machine without them its build
# without windows takes its place, in this environment only.
WINDOWLESS = $(PY) -c 'import cv2' 2>/dev/null || { \
	echo "No libGL here: OpenCV's build without windows takes its place"; \
	$(PY) -m pip uninstall -qq -y opencv-python opencv-python-headless; \
	$(PIP) 'opencv-python-headless>=4.10,<6'; }

# What `make sample` mattes; each can be given on the command line of make.
SAMPLE        ?= samples/clip.mp4
SAMPLE_HINT   ?= --subject auto
SAMPLE_TARGET ?= out/sample.mp4
SAMPLE_FPS    ?= 15
SAMPLE_BACKGROUND ?= samples/background.jpg

# What `make models` converts.
CHECKPOINT ?= models/pam/pam.pt

# How long `make soak` runs a live stream, seconds.
SOAK ?= 1800

.PHONY: help sample test test-slow soak lint convert-deps models clean
.DELETE_ON_ERROR:

help:
	@echo "make sample        set up, matte the sample clip at $(SAMPLE_FPS) frames per second"
	@echo "make test          set up, run the tests (adds PyTorch for the CPU)"
	@echo "make test-slow     the tests that take minutes"
	@echo "make soak          a live stream for SOAK=$(SOAK) seconds, with its figures at the end"
	@echo "make lint          ruff and mypy"
	@echo "make convert-deps  what training and conversion need"
	@echo "make models        CHECKPOINT=$(CHECKPOINT) to models/"
	@echo "make clean         remove the environment and everything that was built"

sample: $(STAMPS)/runtime
	@mkdir -p $(dir $(SAMPLE_TARGET))
	$(BIN)/pamcli video $(SAMPLE) -o $(SAMPLE_TARGET) --fps $(SAMPLE_FPS) $(SAMPLE_HINT) \
		--background $(SAMPLE_BACKGROUND) --overwrite
	@echo "The result is $(CURDIR)/$(SAMPLE_TARGET)"

# Three processes: the runtime is tested without PyTorch beside it, as it runs, and the training without
# OpenVINO.
test: $(STAMPS)/dev $(STAMPS)/torch
	CI=true $(PY) -m pytest tests/pam
	CI=true $(PY) -m pytest tests/convert
	CI=true $(PY) -m pytest --ignore=tests/pam --ignore=tests/convert

test-slow: $(STAMPS)/dev $(STAMPS)/convert $(STAMPS)/evaluate $(STAMPS)/cluster
	CI=true $(PY) -m pytest -m slow

soak: $(STAMPS)/dev
	CI=true PYTHONPATH=tests $(PY) -m live.soak $(SOAK) $(SAMPLE_FPS) $(SAMPLE) $(SAMPLE_BACKGROUND)

lint: $(STAMPS)/dev $(STAMPS)/torch
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

convert-deps: $(STAMPS)/convert

models: $(STAMPS)/convert
	CI=true $(PY) -m convert $(CHECKPOINT)

clean:
	rm -rf $(VENV) $(STAMPS) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A regular file whose date is that of the environment: without it every stamp is out of date.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "pamcli needs Python 3.11 or newer, $(PYTHON) is older or missing:" \
		     "name another one, such as make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments: on Debian and Ubuntu," \
		     "apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/runtime: $(VENV)/pyvenv.cfg pyproject.toml
	@echo "Installing what pamcli runs on into $(VENV)"
	@$(PIP) --editable .
	@$(WINDOWLESS)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: $(STAMPS)/runtime
	@echo "Installing what the tests need"
	@$(PIP) --editable '.[dev]'
	@$(WINDOWLESS)
	@touch $@

# PyTorch comes first wherever it is needed: pip alone would fetch the CUDA build on Linux.
$(STAMPS)/torch: $(STAMPS)/runtime .ci/get_torch.py
	@$(PY) .ci/get_torch.py
	@touch $@

$(STAMPS)/evaluate: $(STAMPS)/runtime
	@echo "Installing what closed-form matting needs"
	@$(PIP) --editable '.[evaluate]'
	@$(WINDOWLESS)
	@touch $@

$(STAMPS)/cluster: $(STAMPS)/runtime
	@echo "Installing Ray, and a server of S3 for the tests"
	@$(PIP) --editable '.[cluster-tests]'
	@$(WINDOWLESS)
	@touch $@

$(STAMPS)/convert: $(STAMPS)/torch
	@echo "Installing what the conversion needs"
	@$(PIP) --editable '.[convert]'
	@$(WINDOWLESS)
	@touch $@
