"""Print what `explain` found out as JSON, version 1, as documented in the reference."""

from __future__ import annotations

from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.experiments import TriedExperiment
from sync_profiles.explain.letter import write_letters
from sync_profiles.inquiry.explainer import ExplainedProfile, SentCall
from sync_profiles.inquiry.inquire import Inquiry
from sync_profiles.masked_lines import mask_setting
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Simulation
from sync_profiles.report import Report, count_verdicts
from sync_profiles.secret_shapes import shown_key
from sync_profiles.terminal.inquiry_table import shown_value
from sync_profiles.terminal.json_document import Json, pick, print_json, problem_json
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_output import profile_json


def print_inquiry(inquiry: Inquiry, _: Options) -> None:
    """Print everything that is known about the explained profiles."""
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
            pick(letter, account="account_id", profiles="profiles", text="text")
            for letter in inquiry.letters
        ],
        "notes": list(report.survey.notes),
        "summary": count_verdicts(inquiry.selected),
    }
    print_json("explain", report.paths, document)


def _explained(explained: ExplainedProfile, report: Report) -> Json:
    caller, read = report.caller_of(explained.decision), explained.trust_policy
    cause = explained.decision.cause
    letters = write_letters([explained.needed_access])
    return {
        "caller": str(caller.arn) if isinstance(caller, Caller) else None,
        "docs": cause.page if cause is not None else None,
        "settings": [
            {
                "key": shown_key(key),
                "value": shown_value(key, setting),
                **pick(setting.place, "file", "line"),
            }
            for key, setting in explained.decision.profile.settings.items()
        ],
        "switches": [_switch(sent) for sent in explained.sent],
        "trust_policy": None
        if read is None
        else pick(
            read,
            role_arn="role_arn",
            read_with_profile="reader",
            demands="requirements",
            problem="problem",
        ),
        "caller_policies": _policies(explained.caller_policies),
        "experiments": [_experiment(tried) for tried in explained.experiments.tried],
        "letter": "\n".join(letter.text for letter in letters) or None,
    }


def _policies(found: Simulation | Failure | None) -> Json | None:
    match found:
        case None:
            return None
        case Simulation():
            return {**pick(found, "decision", "policies", "missing"), "problem": None}
        case Failure():
            return {"decision": None, "policies": [], "missing": [], "problem": found.message}


def _experiment(tried: TriedExperiment) -> Json:
    experiment = tried.experiment
    return {
        **_changed(experiment.change),
        "also": list(map(_changed, experiment.changes[1:])),
        "session_name": experiment.switch.session_name,
        "accepted": tried.is_accepted,
        **pick(_failure(tried.outcome), "cause", "message"),
    }


def _changed(made: Candidate) -> Json:
    key, value, origin = made.key, made.value, made.origin
    return {
        "setting": key,
        "value": mask_setting(key, value) if value is not None else None,
        **pick(origin, origin="words", from_profile="profile"),
        **pick(origin.place, "file", "line"),
    }


def _switch(sent: SentCall) -> Json:
    outcome = sent.outcome
    accepted = outcome if isinstance(outcome, Accepted) else None
    return {
        "profile": sent.profile,
        **pick(sent.switch, "role_arn", "session_name", "external_id", "mfa_serial"),
        "duration_seconds": sent.switch.sent_duration,
        "accepted": accepted is not None,
        **pick(accepted, "assumed_role_arn"),
        **pick(_failure(outcome), "cause", "code", "message", "request_id"),
    }


def _failure(outcome: Outcome) -> Failure | None:
    return outcome if isinstance(outcome, Failure) else None
