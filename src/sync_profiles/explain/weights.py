"""The evidence for each reason of a refusal, and for each value to try: how much it says.

A weight is a logarithm of odds, to base 2: one bit makes a reason twice as likely, and the bits of
a reason's findings add up. They are rounded from a fit to the refusals of thousands of random teams
of two kinds: those of `make truth`, in which each team has other habits and other things go wrong,
and teams that are set up as people describe it, with the same roles in each account.
"""

from __future__ import annotations

from math import log2


class Weight:
    """The bits of each piece of evidence."""

    CERTAIN = 100
    """Leaves no room for another reason."""
    RULED_OUT = -100
    """It cannot be the reason."""

    # What is known beforehand, of a profile for a role in another account. The trust policy is at
    # 0: it may name others, lack `Version`, or have a condition that no setting meets.
    TRUST_POLICY = 0
    """The sum of several errors, each rare, of which no file shows anything."""
    EXTERNAL_ID = 0
    """A user who sets one was told to: the role requires one, but perhaps a different one."""
    NO_EXTERNAL_ID = -1
    """Vendors' roles require one, roles of your own company rarely."""
    NO_EXTERNAL_ID_WITHIN = -5
    """Those of the caller's own account hardly ever do."""
    ROLE_NAME = -0.5
    """AWS does not say that a role does not exist: it was deleted, or has another name."""
    POLICY_WAS_READ = -9
    """STS names the trust policy: it has most likely read that of a role that exists."""
    RARELY_DENIED = -3
    """Policies that deny calls without an external ID, or all roles but some, are rare."""
    NO_MFA = -1.5
    """Roles often require MFA, and no device is set."""
    NO_MFA_BY_TRUST = 0
    """STS says that the trust policy does not allow the call: most often, such require MFA."""
    PERMISSION = -1
    """A role in another account needs a policy of the caller, too."""
    FIXED_NAME = -2
    """Few roles require one name, such as `deploy`."""
    NOT_THE_USER_NAME = 1
    """`--session-name` sets another name than the user's, which many roles require."""

    # Who calls.
    NOT_A_USER = 3
    """A session, or the role's own, is asked for what only an IAM user or a name can give."""
    SESSION_WORKS = -3
    """Other roles accept this session of a role: it is there for that."""
    OWN_NAME = 0
    """A session that has a person's name already: the role may require it, which is rare."""
    NO_USER_NAME = -0.5
    """A session or an Identity Center user never meets conditions for IAM users."""
    OTHERS_WORK_FOR_IT = -3
    """Roles of the account accept this session or Identity Center user."""
    SEVERAL_CALLERS = 0.25
    """The files have another caller, which the role may trust instead."""

    # What IAM says.
    SIMULATED = 6
    """A policy that limits the caller does not allow the call, as far as IAM knows the call."""

    # What the file has elsewhere than the AWS CLI looks for it.
    COMMENTED = 3
    """A comment of the profile has another value: the line was exchanged, or someone noted it."""
    NOT_INHERITED = 2.5
    """The source profile has it, where other programs look for it."""
    KEYS_FOR_ROLE = 3
    """The source is a profile with a role, which its keys hide."""
    SETTING_IGNORED = 5
    """A line of the files was meant to send what the role may require, and does not."""

    # What the names say.
    ONE_SLIP = 5
    """A role that works is called like this one but for one letter."""
    OTHER_FORM = 3
    """A role that works in another account has this name but for its case, path or version, and the
    path is not one of this account."""
    OTHER_WORD = 2
    """A role that works in another account is called like this one but for a word."""
    NAMED_ALIKE = 3
    """Most other profiles with this name, but for the role's words, have another account."""
    LIKE_ID = 4
    """An external ID with which another profile works is like this one, but for case or a typo."""
    NAME_OF_AWS = 7
    """A role that AWS makes is called like this one but for one letter or its case."""
    ACCOUNT_OF_NAME = 6
    """The profile is called after another account, such as `222222222222_admin`."""
    EXAMPLE = 8
    """The name or the account is that of examples, and nothing works in the account."""
    ONE_DIGIT = 4
    """The account's ID is another one's but for one digit, and nothing works in it."""
    ONE_DIGIT_OF_ACCEPTED = 8
    """The same, of an account with a role that works: by chance, IDs are never that alike."""
    SLIP_OF_PROFILE = 7
    """The profile's name ends in the role's but for one letter, by chance in one of 100."""
    LIKE_A_WORD = 4.5
    """A word of the role's name is like a common one, but for one letter."""
    NAME_CONFIRMED = -0.5
    """A role that works in another account has this very name."""
    OF_A_PROGRAM = 1
    """The role's name is that of a program's, such as `deploy`."""

    # What other profiles send, accepted or not. `PER_` weights count for each doubling of their
    # number, see `doublings`.
    SAME_ROLE = 6
    """A profile that works for the very same role sends it."""
    SAME_ROLE_SENDS = 4
    """A profile for the very same role sends it, and could not be tested."""
    SAME_ROLE_NAME = 2
    """A role of this name in another account requires MFA."""
    ALL_OF_NAME_SEND = 1
    """All roles of this name in other accounts get an external ID."""
    PER_SENDING = 0.5
    """Profiles of the account send what this one lacks."""
    PER_ALL_SENDING = 1
    """All of the account send an MFA device, or those that have an external ID the same."""
    PER_LACKING = -1
    """Profiles of the account send no external ID either."""
    LONE_ROLE = 1
    """The account has no other profile: it may be a vendor's, and vendors require one."""
    PER_SHARING = -2
    """Profiles of the account send this very external ID."""
    SHARED = -3
    """Roles of the account accept this very external ID."""
    OF_ANOTHER_ACCOUNT = 2
    """Roles of another account alone accept this external ID: it was copied."""
    IN_WRONG_ACCOUNT = 3
    """The same, seen from the account: its ID is wrong instead, as the rest was not copied."""
    NAMED_AS_THERE = 4
    """And the name has a word, not the role's, that other profiles have for that account alone."""
    PER_OTHER = 1
    """All that send an external ID in the account send another one, or none sends any."""
    FIXED_ELSEWHERE = 0.5
    """A profile works under another session name than the caller's."""

    # What works.
    OTHER_REGIONS = -3
    """The caller's calls work in other regions alone, which most often they are not made for."""
    OTHER_ROLES_WORK = -0.5
    """Other roles of the account trust the caller: its ID is right."""
    NONE_WORKS = 0.75
    """None of several profiles works in the account: they share one reason."""
    PER_CLOSED = 0.75
    """None works in this account, or under this role's name, while others do: mostly, the caller
    may not call them."""
    PER_NOWHERE = 0.4
    """None works in any account: it is the caller that they have in common, and no MFA device."""
    ANYTHING = 0
    """A last resort, if the same role works for another profile."""


class Likelihood:
    """The points of each value of the files that is tried: experiments are made in their order.

    `MORE_` and `LESS_` are added to those of a value, or taken from them.
    """

    CERTAIN = 100  # without it, the call cannot succeed

    # An external ID or a session name, and in part an MFA device.
    UNREAD_LINE = 6  # a line or a comment of the profile's own has it, which is not read
    OF_SOURCE = 5  # the source profile has it, or a device is called as the user
    ACCEPTED_HERE = 4  # it works for a role of the account, or is the caller's own name
    HERE = 3  # a profile for a role of the account has it, or it works in another account
    NO_ID_AS_OTHERS = 3  # a role of the account works without an external ID
    ELSEWHERE = 1  # a profile for a role of another account has it
    WITH_USER_NAME = 2  # another profile has it, and it has the user's name in it
    OTHER_CASE = 1  # it is the user name in another case
    NO_ID = 0  # most roles require no external ID
    MORE_IF_ALIKE = 4  # the external ID looks like the profile's own

    # An MFA device.
    OF_USERS_PROFILES = 3  # another profile of the same source has it
    LISTED_DEVICE = 2  # IAM lists it as the caller's, or lists none, and devices are called so
    NO_DEVICE = 1  # a device that is refused is mostly another's

    # A role's ARN.
    ROLE_OF_COPY = 9  # the profile's lines are a copy of another's, but for its name
    SAME_NAME = 7  # a role of the account, or one that AWS makes, is called so but for its spelling
    SPELLING = 5  # the name in the file, or the account, is a typo of this one, or a comment has it
    OTHER_STYLE = 4  # all others are in this case, end in this version, or are called so elsewhere
    OTHER_ACCOUNT = 3  # the account is that of profiles which are named alike
    OTHER_PATH = 3  # other roles have this path
    LIKELY_CAPITALS = 2  # roles of this common name are mostly spelled so
    UNLIKELY_SPELLING = 1  # it is in another case, or without a path
    TAKEN = 4  # another profile has it, and those named as this one are for another account
    OTHER_ROLE = 0  # it is another profile's role, and perhaps that one's alone
    LESS_IF_FAR = 4  # the names have little in common, or others have this one, too
    LESS_IF_COPIED = -4  # so is the profile called, and the role in the file as another that has it

    # Another source, or the hop under another name.
    SOURCE_OF_ROLE = 6  # a profile works for the same role from there
    NAME_OF_HOP = 5  # the role may trust the session of the hop under the caller's own name
    ROLE_OF_SOURCE = 5  # the source has a role, which its keys hide
    SOURCE_OF_USER = 4  # the profile's device, or its session name, is that of the user there
    NAMED_SOURCE = 3  # the trust policy names its role
    START_OF_CHAIN = 3  # the caller at the start of the chain may call by itself
    SOURCE_HERE = 2  # a profile for a role of the account has it, or it is called like a hub
    SOURCE_INSTEAD = 1  # a profile of another account has it, and nothing works from the own source
    UNUSED_KEYS = 1  # no profile uses its keys, and nothing works from the own source
    SOURCE_ELSEWHERE = 0  # a profile of another account has it
    ANY_ROLE = -1  # its role works, and may lead to others
    UNUSED_KEYS_BESIDE = -50  # no profile uses its keys, and the own source works for others
    MORE_BY_DEVICE = 4  # the profile's device is one of the user there
    MORE_IF_USUAL = 2  # most profiles that work have it
    MORE_IF_NAMED = 4  # most of those whose names begin with the same word: `acme-…`

    # Another region.
    REGION_OF_HOP = 7  # the hop itself works there
    REGION_INSTEAD = 4  # profiles of the source work there, and none in the own region
    OTHER_REGION = 1  # some work there, and some in the own region

    # Several changes.
    ENOUGH_FOR_TWO = 2  # what a change has to have to be made together with others
    LESS_IF_NAME_WORKS = 1  # its session name works for others, and so does another one
    LESS_IF_NAME_IN_DOUBT = 2  # its session name works for no other profile


def doublings(count: int) -> float:
    """Return how much a number of profiles that agree says: 0 for none, 1 for one, 2 for three."""
    return log2(1 + max(count, 0))


def differing(same: int, total: int) -> float:
    """Return the evidence that what `same` of `total` others have is wrong here.

    Half of the errors change it, to anything; a right one is like the others', as often as they are
    like each other. A tenth of a profile of each kind may be missing in the files.
    """
    expected = (same + 0.1) / (total + 0.2)
    return log2(0.5 + 0.25 / expected)


def unlike(share: float) -> float:
    """Return the evidence that a name is wrong which a `share` of others would have had.

    Of ten right names that are expected, an error changes nine.
    """
    return log2((share / 10 + 1 - share) / (1 - share))
