"""Files, what is said of them, and what remains once each hint was followed.

An example of the `FILES` in `data` has a config file; parts that begin with `--- credentials` and
`--- followed` (the config file after the hint was followed); and lines that begin with `$ ` for a
variable, `> ` for arguments in place of `check`, `>> ` for those of the sync that follows, and `! `
if AWS names the type of the policy that refuses. Source profiles are named as their users.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from e2e import Ended, Home
from examples import IS_UPDATE, answers_of, examples, write_answers
from situation_world import KEYS, WORLD, Situation, old_files
from sync_profiles.sandbox import Sandbox
from teams import Json

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

#: `explained.txt` is about one command: what AWS was asked, and what the answers prove
FILES = ("situations.txt", "explained.txt")
VARYING = re.compile(r"(?<=botocore-session-)\d+")


def said_of(row: Json) -> Iterator[str]:
    """Yield what a report says of a profile: one line, and its message and hint if it has any."""
    name, verdict, cause = row["profile"], row["verdict"], row["cause"]
    more = [cause, row["policy_type"], row["blocked_by"] and f"below {row['blocked_by']}"]
    more += [f"through {' and '.join(row['chain'])}"] if len(row["chain"]) > 1 else []
    yield f"{name}: {verdict}{', '.join(['', *filter(None, more)])}; {row['change']}"
    if verdict != "accepted" or cause is not None or " " in (row["message"] or "") or row["hint"]:
        yield VARYING.sub("TIME", row["message"])
        yield from [f"hint: {row['hint']}"] if row["hint"] is not None else []


def said(ended: Ended) -> Iterator[str]:
    """Yield what a report says of the sources that fail, of its profiles, and beside them."""
    report = ended.report
    for source in report.get("callers", []):
        if source["error"] is not None:
            yield f"{source['source']}: {source['error']}"
            yield f"hint: {source['hint']}"
    rows = report["profiles"] if "profiles" in report else [report["profile"]]
    for row in rows:
        yield from said_of(row)
        read = row.get("trust_policy") or report.get("trust_policy")
        if read is not None:
            demands = "; ".join([*read["demands"], *filter(None, [read["problem"]])])
            yield f"its trust policy, read with {read['read_with_profile']}: {demands}"
        explained = row if "experiments" in row else report
        for sent in explained.get("switches", ()):
            more = [sent["session_name"] or "no name", sent["external_id"], sent["mfa_serial"]]
            seconds = f"{sent['duration_seconds']} s"
            words = ", ".join(filter(None, [*more, seconds]))
            result = sent["code"] or ("accepted" if sent["accepted"] else "not sent")
            yield f"sent: {sent['role_arn']} ({words}): {result}"
        policies = explained.get("caller_policies")
        if policies is not None:
            by = f" by {', '.join(policies['policies'])}" if policies["policies"] else ""
            yield f"its caller's policies: {policies['decision'] or policies['problem']}{by}"
        for tried in explained.get("experiments", ()):
            result = "accepted" if tried["accepted"] else tried["cause"]
            changes = [f"{each['setting']} = {each['value']}" for each in (tried, *tried["also"])]
            yield f"tried: {' and '.join(changes)}: {result}"
        if "letters" in report:
            yield f"reasons: {', '.join(reason['topic'] for reason in row['reasons'])}"
    yield from (f"note: {note}" for note in report.get("notes", []))
    for letter in report.get("letters", []):
        yield f"a letter to account {letter['account']}"


def play(example: str, home: Home, sandbox: Sandbox) -> list[str]:
    """Run the command on the files of an example, and a sync once the hints were followed.

    The command writes nothing, and nor does a second sync.
    """
    situation = Situation.read(example)
    config, followed, arguments = situation.config, situation.followed, situation.arguments
    home = situation.written(home)
    before = home.footprint()

    ended = home.run(*arguments, "--output", "json")

    assert home.footprint() == before

    answers = [line.rstrip() for line in said(ended)]
    roles = {call.parameters.get("RoleArn", "").rpartition("/")[2] for call in sandbox.calls}
    answers.append(f"AWS was asked for: {', '.join(sorted(roles - {''})) or 'nothing'}")
    of_iam = Counter(call.action for call in sandbox.calls if call.action.startswith("iam:"))
    if of_iam:
        times = (f"{action.removeprefix('iam:')} ({of_iam[action]})" for action in sorted(of_iam))
        answers.append(f"IAM was asked for: {', '.join(times)}")
    printed = ended.stdout + ended.stderr
    assert not [of for of in KEYS.values() if of.secret_access_key in printed]
    assert "--mfa-code" not in arguments or arguments[-1] not in printed
    is_alike = "AWS CLI v1" not in "".join(answers)  # the witness may be the older one
    # for a device the AWS CLI asks for a code
    if arguments == ["check"] and is_alike and "mfa_serial" not in config:
        tested = [name for name, row in ended.profiles.items() if row["verdict"] != "unknown"]
        assert home.working_profiles(tested) == ended.accepted
    if followed and arguments == ["check"]:  # a sync that writes nothing reports the same
        assert list(said(home.run_json("--dry-run"))) == list(said(ended))
    if situation.sync is not None:
        sync = [*situation.sync, "-q", "--output", "json"]
        synced = home.write(followed or None).run(*sync)
        answers.append(f"once that is done, these work: {', '.join(sorted(synced.accepted))}")
        if "mfa_serial" not in (followed or config):
            assert home.working_profiles(synced.profiles) == synced.accepted
        if not followed:
            after = home.footprint()
            again = home.run(*sync)
            assert home.footprint() == after
            assert (again.report["diff"], again.report["backups"]) == ("", [])
    return answers


@pytest.mark.parametrize(
    ("file", "sentence", "example"),
    [pytest.param(file, *each, id=each[0]) for file in FILES for each in examples(file)],
)
def test_a_situation_is_reported_as_it_is(
    file: str, sentence: str, example: str, bare_home: Home
) -> None:
    names_type = "\n! " in f"\n{example}"
    with Sandbox(replace(WORLD, names_policy_type=names_type)) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        answers = play(example, home, sandbox)
    if IS_UPDATE:
        example = write_answers(file, sentence, answers)
    assert answers == answers_of(example)


def test_the_diff_of_a_dry_run_is_what_the_sync_writes(bare_home: Home, tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git is not None
    with Sandbox(WORLD) as sandbox:
        home = old_files().written(bare_home)
        home = home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        files = home.config_file, home.credentials_file
        copies = [tmp_path / str(file).lstrip("/") for file in files]
        shutil.copytree(home.config_file.parent, copies[0].parent)
        shown = home.run_json("--dry-run").report["diff"]
        assert home.run("--dry-run", "--quiet").stdout.endswith(shown)
        assert home.run_json().report["diff"] == shown
    subprocess.run(  # noqa: S603 - our own diff
        # a diff leaves out the lines with secrets, so a change may stand without context
        [git, "apply", "--unidiff-zero", "--whitespace=nowarn", "-"],
        input=shown.encode(),
        cwd=tmp_path,
        check=True,
    )
    for file, copy in zip(files, copies, strict=True):
        assert copy.read_bytes() == file.read_bytes()
