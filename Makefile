# Two commands are all a newcomer needs: `make demo` and `make test`. Both set up what they need.
.PHONY: demo test faults check protos protos-kit wheel wheel-test lock bench clean

T ?= tests
ARGS ?=
BUF := $(shell command -v buf 2>/dev/null || ls node_modules/.bin/buf 2>/dev/null)

demo:            ## the main job as a story; ARGS="--once --out DIR" is passed on
	@sh scripts/setup.sh run
	@exec .venv/bin/shuniu demo $(ARGS)

test:            ## all tests; T=path runs one
	@sh scripts/setup.sh test
	@.venv/bin/python -m pytest $(if $(filter tests,$(T)),-n 2 --dist loadfile) $(T)

faults:          ## real faults under real load: kills, PostgreSQL, disks, proofs; ARGS="--short", ARGS="--only kills,rollback"
	@sh scripts/setup.sh test
	@exec .venv/bin/python -m tests.faults $(ARGS)

check:           ## style, types, layering, generated code
	@sh scripts/setup.sh dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports
	@sh scripts/protos.sh --check
	$(if $(BUF),$(BUF) lint,@echo "buf is not installed (npm install @bufbuild/buf): buf lint is left out")

protos:          ## generate shuniu/v1 from protos/
	@sh scripts/setup.sh dev
	@sh scripts/protos.sh

protos-kit:      ## dist/shuniu-protos-VERSION.tar.gz: the protos for Go, Java, Node and others
	@sh scripts/setup.sh run
	@sh scripts/protos-kit.sh

wheel:           ## dist/: the wheels shuniu (for departments) and shuniu-hub
	@sh scripts/setup.sh run
	@sh scripts/wheels.sh

wheel-test:      ## the wheel shuniu in an empty environment of each Python 3.9 to 3.13 on this machine
	@sh scripts/setup.sh test
	@SHUNIU_WHEEL_TEST=all .venv/bin/python -m pytest tests/wheels

lock:            ## resolve the locked lists anew from pyproject.toml
	@sh scripts/lock.sh

bench:           ## the product next to a bare server, as ratios in one run
	@sh scripts/setup.sh dev
	@.venv/bin/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv .judges .generator .wheels build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
