# Every target installs what it needs in .venv. PYTHON=python3.13 selects the Python.
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
bin := .venv/bin
SECONDS := 60

.PHONY: demo
demo: ## run the demo on a simulated AWS, on this machine
	@.ci/set-up demo
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/sync-profiles demo

.PHONY: test
test: ## run the tests (ARGS="-k name" for some of them)
	@.ci/set-up test
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/python -m pytest -n auto $(ARGS)

.PHONY: lint
lint: ## check style, types and workflows
	@.ci/set-up dev
	@$(bin)/ruff check
	@$(bin)/ruff format --check
	@$(bin)/mypy
	@$(bin)/mypy --platform win32 --cache-dir .mypy_cache/win32 src
	@$(bin)/mypy --platform darwin --cache-dir .mypy_cache/darwin src
	@$(bin)/zizmor --offline --quiet --persona=auditor .github

.PHONY: format
format: ## format the code
	@.ci/set-up dev
	@$(bin)/ruff check --fix-only --quiet
	@$(bin)/ruff format

# the tests whose expectations are files or pages: with UPDATE=1 they write them anew
EXPECTING := tests/test_lint.py tests/test_plan.py \
	tests/test_comparison.py tests/test_profile_findings.py \
	tests/test_required_change.py tests/test_hints_of_settings.py tests/test_letter.py \
	tests/test_trust_policy_checked.py tests/test_stops.py \
	tests/test_sandbox.py tests/test_refusals.py tests/test_situations.py tests/test_kept_edits.py \
	tests/test_chains.py tests/test_command_screens.py tests/test_stories.py \
	tests/test_import_check.py tests/test_policy_grammar.py tests/test_documents.py \
	tests/test_candidates.py tests/test_comments.py tests/test_trail.py \
	tests/test_profiles.py

.PHONY: generated
generated: ## write anew what tests expect and what documentation shows (ARGS=tests/test_lint.py for less)
	@.ci/set-up test
	@PATH="$(CURDIR)/$(bin):$$PATH" UPDATE=1 $(bin)/python -m pytest -q -n auto --dist loadfile \
		$(or $(ARGS),$(EXPECTING))
	@$(bin)/python docs/generating

.PHONY: docs
docs: ## build the documentation's site in docs/_build/html; warnings are errors
	@.ci/set-up docs
	@$(bin)/python -m sphinx --builder html --nitpicky --fail-on-warning --keep-going --quiet \
		--doctree-dir docs/_build/doctrees docs docs/_build/html

.PHONY: bench
bench: ## measure the speed and write docs/explanation/speed.md
	@.ci/set-up bench
	@$(bin)/python -m bench docs/explanation/speed.md

.PHONY: bench-audit
bench-audit: ## measure an audit of 300 accounts with 500 roles each, which takes minutes
	@.ci/set-up bench
	@$(bin)/python -m bench.audit

.PHONY: reliability
reliability: ## run the long version of the tests of crashes, races, time limits, secrets and laws, and print the figures
	@.ci/set-up test
	@PATH="$(CURDIR)/$(bin):$$PATH" SYNC_PROFILES_ROUNDS=all $(bin)/python -m pytest -n auto -q -rP \
		tests/test_killed_anywhere.py tests/test_beside_others.py tests/test_leftovers.py tests/test_programs.py \
		tests/test_replacement_races.py \
		tests/test_any_network.py tests/test_slows_down.py tests/test_no_secret.py \
		tests/test_no_secret_in_errors.py $(shell grep -l '@given' tests/*.py) $(ARGS)

covering := answers arn candidates chains command_screens comments \
	comparison document edit edit_diff edit_laws explain fuzz_corpus \
	hints_of_settings judge_laws kubeconfig letter lint mfa \
	no_secret_in_errors plan plan_laws policy_grammar profile_findings \
	profiles providers ranking refusals required_change revert \
	session_name situations spelling stops stories text trail \
	trust_policy trust_policy_checked trust_policy_written usage

# The tests of the pure middle, and the end-to-end ones that reach the rest of it: not the whole suite.
.PHONY: coverage
coverage: ## run the tests of what reads, edits, plans, judges and explains, and fail if a branch is not tried
	@.ci/set-up bench
	@rm -rf .coverage
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/coverage run -m pytest -n auto -q --hypothesis-seed=0 \
		$(foreach name,$(covering),tests/test_$(name).py) $(ARGS)
	@$(bin)/coverage combine --quiet
	@$(bin)/coverage report

.PHONY: mutants
mutants: ## change the code in thousands of ways, and print the changes that nothing notices (ARGS="config.edit.*" for some)
	@.ci/set-up bench
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/python -m bench.mutants $(ARGS)

.PHONY: fuzz
fuzz: ## fuzz everything that reads files (SECONDS=600 per reader; default 60)
	@.ci/set-up fuzz
	@PYTHONPATH=tests $(bin)/python -m fuzz --seconds $(SECONDS) $(ARGS)

.PHONY: truth
truth: ## compare random worlds with the AWS CLI (SECONDS=600; default 60), and print how often the reasons are right
	@.ci/set-up test
	@PATH="$(CURDIR)/$(bin):$$PATH" PYTHONPATH=tests $(bin)/python -m truth --seconds $(SECONDS) $(ARGS)

.PHONY: audit
audit: ## look for known vulnerabilities in the pinned packages and in those that users get
	@.ci/set-up audit
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/nox -f .ci/noxfile.py -s audit $(if $(ARGS),-- $(ARGS))

.PHONY: dist
dist: ## build what is committed in dist/, twice, compare the two, and check what PyPI will show
	@.ci/set-up audit
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/nox -f .ci/noxfile.py -s dist

.PHONY: compatibility
compatibility: ## run the tests on every installed Python, on the oldest packages, and on the wheel (SESSION=wheel for one)
	@.ci/set-up audit
	@PATH="$(CURDIR)/$(bin):$$PATH" $(bin)/nox -f .ci/noxfile.py $(if $(SESSION),-s $(SESSION)) $(if $(ARGS),-- $(ARGS))

# With the oldest supported Python: packages that support it support the newer ones.
.PHONY: constraints
constraints: ## pin the newest versions of all packages in .ci/constraints.txt
	@set -e; python=$$(.ci/set-up python); room=$$(mktemp -d); trap 'rm -rf "$$room"' EXIT; \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "error: run it with Python 3.11: make constraints PYTHON=python3.11")'; \
	"$$python" -m venv "$$room"; \
	"$$room/bin/pip" install --quiet --upgrade pip; \
	"$$room/bin/pip" install --quiet --editable '.[crt,demo]' --group fuzz editables; \
	"$$room/bin/pip" freeze --all --exclude-editable --exclude setuptools >"$$room/frozen"; \
	LC_ALL=C sort -f "$$room/frozen" >.ci/constraints.txt; \
	wc -l .ci/constraints.txt

.PHONY: clean
clean: ## remove .venv and everything else that make creates
	@rm -rf .venv .nox .fuzz .coverage mutants dist docs/_build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile
