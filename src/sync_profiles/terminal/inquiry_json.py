"""Print what `explain` found out as JSON, version 1, as documented in the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.explain.letter import write_letters
from sync_profiles.outcomes import Accepted, Caller, Failure, Simulation
from sync_profiles.redaction import mask_setting
from sync_profiles.report import count_verdicts
from sync_profiles.terminal.inquiry_chapters import shown_value
from sync_profiles.terminal.inquiry_table import Letters
from sync_profiles.terminal.json_output import Json, print_json, problem_json, profile_json

if TYPE_CHECKING:
    from sync_profiles.explain.experiments import Tried
    from sync_profiles.inquiry.explainer import Explained, Sent
    from sync_profiles.inquiry.inquire import Inquiry
    from sync_profiles.report import Report
    from sync_profiles.terminal.options import Options


def print_inquiry(inquiry: Inquiry | Letters, _: Options) -> None:
    """Print everything that is known about the explained profiles."""
    if isinstance(inquiry, Letters):
        inquiry = inquiry.inquiry  # `letters` has them in any case
    report = inquiry.report
    document: Json = {"asked_at": inquiry.asked_at.isoformat(timespec="seconds")}
    if len(inquiry.explained) == 1:
        (explained,) = inquiry.explained
        document |= {"profile": profile_json(explained.row), **_explained(explained, report)}
    document |= {
        "profiles": [
            profile_json(each.row) | _explained(each, report) for each in inquiry.explained
        ],
        "problems": [problem_json(problem, report.paths) for problem in inquiry.problems],
        "letters": [
            {
                "account": letter.account_id,
                "profiles": list(letter.profiles),
                "text": letter.text,
            }
            for letter in inquiry.letters
        ],
        "notes": list(report.notes),
        "summary": count_verdicts(inquiry.selected),
    }
    print_json("explain", report.paths, document)


def _explained(explained: Explained, report: Report) -> Json:
    """Return what `explain` adds to a profile."""
    caller, read = report.caller_of(explained.decision), explained.trust_policy
    cause = explained.decision.cause
    letters = write_letters([explained.refusal] if explained.refusal is not None else [])
    return {
        "caller": caller.arn if isinstance(caller, Caller) else None,
        "docs": cause.page if cause is not None else None,
        "settings": [
            {
                "key": key,
                "value": shown_value(key, setting),
                "file": setting.place.file.value,
                "line": setting.place.line,
            }
            for key, setting in explained.settings.items()
        ],
        "switches": [_switch(sent) for sent in explained.sent],
        "trust_policy": None
        if read is None
        else {
            "role_arn": read.role_arn,
            "read_with_profile": read.reader,
            "demands": list(read.requirements),
            "problem": read.problem,
        },
        "caller_policies": _policies(explained.caller_policies),
        "experiments": [_experiment(tried) for tried in explained.experiments.tried],
        "letter": "\n".join(letter.text for letter in letters) or None,
    }


def _policies(found: Simulation | Failure | None) -> Json | None:
    if found is None:
        return None
    simulation = found if isinstance(found, Simulation) else None
    return {
        "decision": simulation.decision if simulation is not None else None,
        "policies": list(simulation.policies) if simulation is not None else [],
        "missing": list(simulation.missing) if simulation is not None else [],
        "problem": found.message if isinstance(found, Failure) else None,
    }


def _experiment(tried: Tried) -> Json:
    experiment, outcome = tried.experiment, tried.outcome
    key, value, place = experiment.key, experiment.value, experiment.origin.place
    return {
        "setting": key,
        "value": mask_setting(key, value) if value is not None else None,
        "origin": experiment.origin.words,
        "from_profile": experiment.origin.profile,
        "file": place.file.value if place is not None else None,
        "line": place.line if place is not None else None,
        "session_name": experiment.switch.session_name,
        "accepted": tried.is_accepted,
        "cause": outcome.cause.value if isinstance(outcome, Failure) else None,
        "message": outcome.message if isinstance(outcome, Failure) else None,
    }


def _switch(sent: Sent) -> Json:
    switch, outcome = sent.switch, sent.outcome
    failure = outcome if isinstance(outcome, Failure) else None
    return {
        "profile": sent.profile,
        "role_arn": switch.role_arn,
        "session_name": switch.session_name,
        "external_id": switch.external_id,
        "mfa_serial": switch.mfa_serial,
        "duration_seconds": switch.sent_duration,
        "accepted": isinstance(outcome, Accepted),
        "assumed_role_arn": outcome.assumed_role_arn if isinstance(outcome, Accepted) else None,
        "cause": failure.cause.value if failure is not None else None,
        "code": failure.code if failure is not None else None,
        "message": failure.message if failure is not None else None,
        "request_id": failure.request_id if failure is not None else None,
    }
