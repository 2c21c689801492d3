# Two commands do everything: `make report` and `make test`. Each sets up its own environment first.
SHELL := /bin/bash
.DELETE_ON_ERROR:
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready
UV_VERSION := 0.13.9

.PHONY: report test lint notebooks data-sheet sources graph priors convergent-validity sbc recovery benchmark forms measurement calibrate check \
  multiverse crosscheck crosscheck-peers event-scale lock clean environment

report: $(STAMP)
	$(VENV)/bin/statusmodels report us-russia

# files of tests side by side, one a processor
test: $(STAMP)
	$(PY) -m pytest -n logical --dist loadfile --no-loadscope-reorder

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check statusmodels tests benchmarks docs
	$(VENV)/bin/mypy
	$(VENV)/bin/statusmodels validate data/us-russia --editorial

notebooks: $(STAMP)
	$(PY) -m pytest tests/test_notebooks.py

# the generated pages of the data sheet
data-sheet: $(STAMP)
	$(VENV)/bin/statusmodels codebook --out data/CODEBOOK.md
	$(VENV)/bin/statusmodels card data/us-russia --out data/us-russia/CARD.md
	$(VENV)/bin/statusmodels agreement data/us-russia --out data/us-russia/AGREEMENT.md
	$(PY) docs/date_verification/date_verification.py score

# the pages on the external data sets
sources: $(STAMP)
	$(PY) docs/source_pages.py

# the picture of the model
graph: $(STAMP)
	$(PY) docs/graph.py

# the prior table
priors: $(STAMP)
	$(VENV)/bin/statusmodels priors --out docs/priors.md

# the embedded catalogue beside the public data sets
convergent-validity: $(STAMP)
	$(PY) benchmarks/convergent_validity.py --out docs

# rank calibration of every hypothesis and of the joint model; about forty minutes on two cores, and it goes on where it was stopped
sbc: $(STAMP)
	$(PY) benchmarks/sbc.py --runs 200 --out docs/results
	$(PY) benchmarks/sbc_joint.py --runs 200 --out docs/results

# known parameters at three sizes of panel; it goes on where it was stopped
recovery: $(STAMP)
	$(PY) benchmarks/recovery.py --runs 100 --out docs/results

# how fast, beside Stan and brms where R has them (Debian: r-cran-rstan r-cran-jsonlite r-cran-brms); keep the machine idle
benchmark: $(STAMP)
	$(PY) benchmarks/benchmark.py --out docs/results

# product, gate and threshold beside each other
forms: $(STAMP)
	$(PY) benchmarks/forms.py --out docs/results

# what the coders' uncertainty costs
measurement: $(STAMP)
	$(PY) benchmarks/measurement.py --out docs/results

# the verdict's error rates; some two thousand refits, and it goes on where it was stopped
calibrate: $(STAMP)
	$(VENV)/bin/statusmodels calibrate us-russia --out docs/results

# calibrated checks, forecasts, sensitivity, placebos; some five thousand refits, and it goes on where it was stopped
check: $(STAMP)
	$(VENV)/bin/statusmodels check us-russia --out docs/results

# the verdict under other choices; about twenty minutes on one core, and it goes on where it was stopped
multiverse: $(STAMP)
	$(VENV)/bin/statusmodels multiverse us-russia --out docs/results

# the dynamic model against the committed result of a hand-written Stan program, the static one against that of brms
crosscheck: $(STAMP)
	$(PY) benchmarks/crosscheck/dynamic.py compare --out docs/results
	$(PY) benchmarks/crosscheck/static.py compare --out docs/results

# those results themselves; needs R with rstan, jsonlite and brms (Debian: r-cran-rstan r-cran-jsonlite r-cran-brms) and an hour
crosscheck-peers:
	Rscript benchmarks/crosscheck/dynamic.R 4000
	Rscript benchmarks/crosscheck/dynamic.R 4000 benchmarks/crosscheck/dynamic_twelve_stan.json benchmarks/crosscheck/dynamic_twelve_data.json
	Rscript benchmarks/crosscheck/static.R agree

# fifty million events counted, beside pandas; some 12 GB of free disk
event-scale: $(STAMP)
	$(PY) benchmarks/event_scale.py --out docs/results

environment: $(STAMP)

# Python 3.12 or newer: PYTHON=... if given, else the first of these that is new enough
$(STAMP): requirements.lock pyproject.toml
	@python="$(PYTHON)"; \
	new='import sys; sys.exit(sys.version_info < (3, 12))'; \
	if [ -z "$$python" ]; then \
	  for p in python3.13 python3.12 python3.14 python3 python; do \
	    if $$p -c "$$new" >/dev/null 2>&1; then python=$$p; break; fi; done; fi; \
	if [ -z "$$python" ] || ! $$python -c "$$new" >/dev/null 2>&1; then \
	  echo "statusmodels needs Python 3.12 or newer; found $$($${python:-python3} --version 2>&1 || echo none)." >&2; \
	  echo "Install one and run make again, or point to it: make PYTHON=/path/to/python3.13" >&2; exit 1; fi; \
	uv="$$(command -v uv || true)"; \
	if [ -z "$$uv" ]; then \
	  uv=.tools/bin/uv; \
	  [ -x $$uv ] || { echo "fetching uv into .tools"; $$python -m venv .tools && .tools/bin/python -m pip install --quiet uv==$(UV_VERSION); }; \
	fi; \
	set -e; \
	[ -x $(PY) ] && $(PY) -c "$$new" 2>/dev/null || $$uv venv --quiet --clear --python "$$($$python -c 'import sys; print(sys.executable)')" $(VENV); \
	VIRTUAL_ENV=$(VENV) $$uv pip sync --quiet --require-hashes requirements.lock; \
	VIRTUAL_ENV=$(VENV) $$uv pip install --quiet --no-deps --no-build-isolation -e .; \
	touch $@

# after a change of dependencies in pyproject.toml
lock:
	uv pip compile pyproject.toml --extra dev --extra distributed --extra notebook --universal --generate-hashes \
	  --no-emit-index-url --no-header --quiet -o requirements.lock

clean:
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
