"""What the user must agree to: risky settings, many removed profiles, calls of new accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sync_profiles.arn import is_account_id
from sync_profiles.config.profiles import Profiles
from sync_profiles.errors import RunError
from sync_profiles.masked_lines import mask_line, mask_request
from sync_profiles.model import Chain, Profile
from sync_profiles.outcomes import Caller
from sync_profiles.survey import Surveyor
from sync_profiles.team.risks import RISKY, Risk
from sync_profiles.team.team_file import PLUGINS
from sync_profiles.text import first_of

# how many characters of a setting an error shows, and a question
_SHOWN_IN_ERROR = 200
_SHOWN_IN_QUESTION = 1000
# how many names are shown of the profiles that an update removes
_SHOWN_NAMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The user, who is asked to agree; a run that starts again does not ask again.

    `say` prints a line, `ask` returns whether the answer to a question is yes, and `show` shows a
    change before it is made. `can_ask` is False where no one can answer, `trusts` means that the
    user has agreed already.
    """

    say: Callable[[str], None]
    ask: Callable[[str], bool]
    show: Callable[[str], None]
    can_ask: bool
    trusts: bool
    is_preview: bool
    _settled: set[tuple[str, ...]] = field(default_factory=set)  # agreed to, or cannot be asked

    def agree(self, name: str, risks: Sequence[Risk]) -> None:
        """Return if the user agrees to the settings of a team's file; raise `RunError` if not."""
        if self.trusts:
            return
        found = "; ".join(
            f"line {risk.line}: `{_shown_setting(risk)}` in `[{risk.section}]` {risk.effect}"
            for risk in risks
        )
        message = (
            f"`{name}` has settings that run programs, load files, redirect requests, record "
            "calls, say where you log in or apply to commands that name no profile"
        )
        if not self.can_ask:
            raise RunError(
                f"{message}: {found}", hint="check each of them, then run again with `--trust`"
            )
        settings = (
            f"   line {risk.line}, [{risk.section}]: "
            f"{_shown_setting(risk, to=_SHOWN_IN_QUESTION)}  ({risk.effect})"
            for risk in risks
        )
        self._ask(
            (f"{message}:", *settings),
            "Do you trust all of them?",
            hint="ask the team to remove these settings",
        )

    def agree_to_remove(
        self, name: str, removed: Sequence[str], *, of: int, is_edited: bool
    ) -> None:
        """Return if so many profiles may be removed, else raise `RunError`.

        A dry run shows what the import would ask about.
        """
        names = first_of((f"`{profile}`" for profile in removed), _SHOWN_NAMES)
        message = f"`{name}` no longer has {len(removed)} of the {of} profiles: {names}"
        if self.is_preview:
            self._say_once((message, "nothing is removed without a yes, or `--force`"))
            return
        if not self.can_ask:
            also = ", which also drops what you changed in its block" if is_edited else ""
            raise RunError(
                message,
                hint=f"check that the file is complete, then import it with `--force`{also}",
            )
        self._ask((message,), "Remove them?", hint="ask the team whether its file is complete")

    def agree_to_call(self, accounts: Mapping[str, Sequence[str]]) -> bool:
        """Return whether to call accounts that are new to the user, each with its sources.

        Raises `RunError` if the user does not agree; where no user can be asked, nothing is called.
        A dry run shows what the import would ask about.
        """
        if self.trusts:
            return True
        lines = (
            "profiles to import would call accounts that none of your own profiles names:",
            *(
                f"   {account}, by {', '.join(f'`{source}`' for source in sources)}"
                for account, sources in accounts.items()
            ),
            "an account that is called sees your user name and your account ID",
        )
        if self.is_preview or not self.can_ask:
            self._say_once((*lines, "they are not called without `--trust`"))
            return False
        self._ask(
            lines,
            "Import the profiles, and test them there?",
            hint="to import the profiles untested, use `--no-test`",
        )
        return True

    def _ask(self, lines: tuple[str, ...], question: str, *, hint: str) -> None:
        """Return if the user agrees, now or before the run started again, else raise `RunError`."""
        if lines not in self._settled:
            self._say(lines)
            if not self.ask(question):
                raise RunError("nothing was imported", hint=hint)
            self._settled.add(lines)

    def _say_once(self, lines: tuple[str, ...]) -> None:
        """Print lines about which no one is asked, unless the run has printed them before."""
        if lines not in self._settled:
            self._say(lines)
            self._settled.add(lines)

    def _say(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            self.say(line)


def _shown_setting(risk: Risk, *, to: int = _SHOWN_IN_ERROR) -> str:
    """Return a setting, cut after `to` characters and with the number of those cut off."""
    asks_for_value = risk.key in RISKY or risk.section == PLUGINS
    setting = (mask_request if asks_for_value else mask_line)(risk.setting)
    more = len(setting) - to
    return setting if more <= 0 else f"{setting[:to]}… ({more} more characters)"


def profiles_of_new_accounts(
    surveyor: Surveyor, on_disk: Profiles, consent: Consent
) -> frozenset[str]:
    """Ask about new accounts; return the profiles whose chains go through one that is not called.

    Raises `RunError` if the user does not agree, as `Consent.agree_to_call` does. A test shows
    the role's account who the user is, so a team's file must not choose that alone.

    A new account is one that neither a caller nor a role of a profile on disk is in. The profiles
    on disk are the user's own and those that were imported before.
    """
    known = {account for profile in on_disk.by_name.values() for account in _accounts_of(profile)}
    callers = surveyor.callers
    known |= {caller.arn.account_id for caller in callers.values() if isinstance(caller, Caller)}
    sources: dict[str, dict[str, None]] = {}
    withheld = set()
    for name, chain in surveyor.chains.items():
        if not isinstance(chain, Chain) or not isinstance(callers.get(chain.source), Caller):
            continue  # nothing can be called
        roles = (surveyor.texts.profiles.by_name[hop].role for hop in chain.hops)
        accounts = {role.account_id for role in roles if role is not None}
        for account in sorted(filter(is_account_id, accounts - known)):
            sources.setdefault(account, {})[str(chain.source)] = None
            withheld.add(name)
    if not sources or consent.agree_to_call(
        {account: tuple(names) for account, names in sources.items()}
    ):
        return frozenset()
    return frozenset(withheld)


def _accounts_of(profile: Profile) -> set[str]:
    role = None if profile.role is None else profile.role.account_id
    return {role or "", profile.text("sso_account_id") or ""}
