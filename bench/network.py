"""The cost of the network and of our overhead: `check` compared with the same calls in boto3."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bench.lab import LATENCY, Lab, installed, ours, yardstick
from bench.measure import Contender, measure
from bench.table import Row, Section, at_most, seconds
from sync_profiles.terminal.options import JOBS

MANY = 1000
_ONE_LIMIT = 1.15
_MANY_LIMIT = 1.15
_TIMES_FASTER = 100
_CLI_SAMPLE = 20
_SWEEP = (4, 8, 12, 16, 24, 32, 48, 64)
_SWEPT = 500


def one_row(lab: Lab) -> Row:
    """Compare `check` of one profile with the same two calls, answered immediately."""
    home = lab.home("one", 1, named=True)
    own, bare = measure(9, [ours(home, "check"), yardstick(home, "bare_check")])
    what = (
        "`check` of one profile, vs. a Typer app that reads the files with ConfigUpdater and "
        "makes the same calls through boto3"
    )
    return at_most(what, _ONE_LIMIT, ours=own.seconds, yardstick=bare.seconds)


def many_rows(lab: Lab) -> Iterator[Row]:
    """Compare `check` of 1,000 profiles with a bare thread pool and with the AWS CLI."""
    for sources in (1, 20):
        home = lab.far_home(f"many-{sources}", MANY, sources=sources)
        own, bare = measure(
            3,
            [ours(home, "check"), yardstick(home, "bare_check", f"--jobs={JOBS}")],
            warm_up=False,
        )
        callers = "1 source" if sources == 1 else f"{sources} sources"
        yield at_most(
            f"`check` of {MANY:,} profiles, {callers}, STS at 50 ms, vs. a bare thread pool of "
            f"`assume_role` with the same {JOBS} jobs",
            _MANY_LIMIT,
            ours=own.seconds,
            yardstick=bare.seconds,
        )
        if sources == 1:
            yield _cli_row(lab, own.seconds)
        yield _calls_row(lab, sources)


def jobs_section(lab: Lab) -> Section:
    """Return the times that the default of `--jobs` is based on."""
    home = lab.far_home("jobs", _SWEPT)
    found = measure(2, [ours(home, "check", f"--jobs={jobs}") for jobs in _SWEEP], warm_up=False)
    return Section(
        title="Tests at once",
        about=f"`check --jobs N` of {_SWEPT} profiles, STS at 50 ms. "
        f"The network alone would take {_SWEPT} × 50 ms / N. The default is {JOBS}: at most "
        f"{JOBS / LATENCY:.0f} calls a second, about half of the 600 that STS grants to an account "
        "in a region ([quotas of IAM and STS](https://docs.aws.amazon.com/IAM/latest/UserGuide/"
        "reference_iam-quotas.html)); twice as many would throttle colleagues to save a second.",
        head=("`--jobs`", "time", "the network alone"),
        lines=tuple(
            (str(jobs), seconds(figures.seconds), seconds(_SWEPT * LATENCY / jobs))
            for jobs, figures in zip(_SWEEP, found, strict=True)
        ),
    )


def _cli_row(lab: Lab, own: float) -> Row:
    home = lab.far_home("cli", _CLI_SAMPLE)
    aws = shlex.quote(installed("aws"))
    loop = f'for p in "$@"; do {aws} sts get-caller-identity --profile "$p"; done'
    contender = Contender(
        command=["/bin/sh", "-c", loop, "sh", *home.names], environment=home.environment
    )
    (sample,) = measure(1, [contender], warm_up=False)
    scaled = sample.seconds * MANY / _CLI_SAMPLE
    faster = scaled / own
    return Row(
        what=f"the same, vs. a loop of `aws sts get-caller-identity --profile` (measured on "
        f"{_CLI_SAMPLE}, scaled)",
        ours=seconds(own),
        yardstick=f"{scaled:.0f} s",
        figure=f"{faster:.0f} × faster",
        to_reach=f"> {_TIMES_FASTER} × faster",
        reached=faster > _TIMES_FASTER,
    )


def _calls_row(lab: Lab, sources: int) -> Row:
    """Count the calls of one `check` on the server."""
    home = lab.far_home(f"calls-{sources}", 100, sources=sources)
    lab.forget_calls()
    measure(1, [ours(home, "check")], warm_up=False)
    calls = lab.calls()
    wanted = {"GetCallerIdentity": [1] * sources, "AssumeRole": [1] * 100}
    counts = ", ".join(f"{sum(found)} {action}" for action, found in calls.items())
    return Row(
        what=f"calls of `check`, 100 profiles that have their name, sources: {sources}",
        ours=counts,
        yardstick="",
        figure="as counted by the server",
        to_reach=f"{sources} GetCallerIdentity, 100 AssumeRole",
        reached=calls == wanted,
    )
