# make demo: environment, install, draw a catalogue, convert, train, match, report.
# make test: environment, install, every test but the slow ones (make test-slow).

PYTHON ?= python3
VENV ?= .venv
EXTRA ?= cpu
DEMO ?= demo
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed-$(EXTRA)
# Test files run beside one another; more processes than four would take more memory than time.
WORKERS := --numprocesses=auto --maxprocesses=4 --dist=loadfile
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: demo test test-slow lint install clean
.DELETE_ON_ERROR:

install: $(INSTALLED)

$(INSTALLED): setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) or sys.version_info[:2] > (3, 13))' || \
	  (echo "ShelfLens needs Python 3.11-3.13, $(PYTHON) is $$($(PYTHON) --version). Name another: make demo PYTHON=python3.12" >&2; exit 1)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRA),dev]'
	@touch $@

demo: $(INSTALLED)
	$(BIN)/python -m sample_data.draw --out=$(DEMO)/catalogue
	$(BIN)/python -m tfrecords_tools.convert --source=shopee --input=$(DEMO)/catalogue \
	  --hierarchy=$(DEMO)/catalogue/hierarchy.csv --records=$(DEMO)/records \
	  --flagfile=flags/recipes/quickstart.flags
	$(BIN)/python -m training.train --flagfile=flags/recipes/quickstart.flags --records=$(DEMO)/records --run=$(DEMO)/run
	$(BIN)/python -m inference.embed --records=$(DEMO)/records --run=$(DEMO)/run
	$(BIN)/python -m inference.match --run=$(DEMO)/run
	$(BIN)/python -m inference.report --run=$(DEMO)/run
	@$(BIN)/python -m inference.summary --run=$(DEMO)/run

test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not slow" $(WORKERS)

test-slow: $(INSTALLED)
	$(BIN)/python -m pytest -m slow

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(DEMO)
