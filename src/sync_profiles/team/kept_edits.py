"""Keep a user's edits of a block in an update: a three-way merge, setting by setting.

It compares what was imported last, what the block has now, and what comes. Session names, which
the sync writes, are kept apart from that; those of several lines, which it never writes, are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sync_profiles.config.document import Section, is_keep_comment
from sync_profiles.config.edit import edit_document
from sync_profiles.config.section_names import PROFILE, SectionName
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.team.block import Block, Label
from sync_profiles.team.import_results import Conflict, EditConflict
from sync_profiles.team.team_file import Content, is_comment, values_of


def last_import(block: Block | None, saved: Content, coming: Content) -> Content | None:
    """Return what the last import wrote into a block; None if it is not known.

    It is what comes if the team has changed nothing since.
    """
    if block is None or not block.is_edited:
        return None if block is None else block.content
    return next(filter(block.was_imported_as, (saved, coming)), None)


def keep_edits(
    last: Content | None,
    block: Block | None,
    coming: Content,
    label: Label,
    conflicts: Sequence[Conflict] = (),
) -> tuple[Content, tuple[EditConflict, ...]]:
    """Return what comes with the edits that led from `last` to the block as it is now.

    Also returns what both sides changed. Without `last`, no edits are kept. `label` is that of what
    comes. A setting that only one side changed is that side's; one that both changed stays the
    user's, and is a conflict. Comments that the user added stay too. A profile that the user
    removed stays removed, but not if another one has given way to it.
    """
    if block is None or last is None or not block.is_edited:
        return coming, ()
    replacing = {conflict.name for conflict in conflicts if conflict.is_replaced}
    back = {
        name
        for name in coming.sections.keys() - block.content.sections.keys()
        if name.kind == PROFILE and name.name in replacing
    }
    if not back and (label.digest, label.names) == (block.label.digest, block.label.names):
        return block.content, ()  # nothing comes
    return _Merge(last, block.content, coming, back).run()


def keep_names(
    kept: Content, coming: Content, block: Block | None, label: Label, saved: Content
) -> tuple[str, ...]:
    """Return the lines of what comes with the user's edits, and the session names of the old block.

    `saved` is what was saved of the last import. A name is kept if the team's file has none, or
    still the same one as before, or where a comment of the user's keeps it.
    """
    if block is None:
        return kept.lines
    are_same = block.label.names in {label.names, None}
    last = saved.document.sections if not are_same and block.has_names_of(saved) else {}
    old = block.content.document.sections
    names = {}
    for header, section in kept.document.sections.items():
        before, was = (
            each[header].options.get(SESSION_NAME_KEY) if header in each else None
            for each in (old, last)
        )
        given = section.options.get(SESSION_NAME_KEY)
        team = coming.document.sections.get(header)
        is_kept = section.keep_name and team is not None and not team.keep_name
        is_same = are_same or (given is not None and was is not None and given.value == was.value)
        if (
            before is not None
            and "role_arn" in section.options
            and is_session_name(before.value)
            # a name of several lines must be corrected by its owner
            and (given is None or ((is_same or is_kept) and "\n" not in given.value))
        ):
            names[header] = before.value
    return tuple(edit_document(kept.document, names).text.split("\n")) if names else kept.lines


class _Merge:
    def __init__(
        self, last: Content, now: Content, coming: Content, back: AbstractSet[SectionName]
    ) -> None:
        self.last, self.now, self.coming, self.back = last, now, coming, back
        self.lines = [[line] for line in coming.lines]  # each with those that follow it
        before, after = map(_comments_of, (last, now))
        # one of the team's is in another section now if the user moved the header below it
        self.known = {
            text
            for text, count in after.items()
            if count <= before[text] and not is_keep_comment(text)
        }
        self.conflicts: list[EditConflict] = []

    def run(self) -> tuple[Content, tuple[EditConflict, ...]]:
        for name, section in self.coming.sections.items():
            if name in self.now.sections:
                self._merge_settings(name, section)
            elif name in self.last.sections and name not in self.back:
                self._stay_removed(name, section)
        lines = [*self._notes_at_the_head(), *(line for group in self.lines for line in group)]
        for name, section in self.now.sections.items():
            if name not in self.coming.sections and self._stays(name, section):
                gap = [""] if lines and lines[-1].strip() else []
                lines += [*gap, *self._lines_of(section)]
        return Content(lines=tuple(lines)), tuple(self.conflicts)

    def _notes_at_the_head(self) -> list[str]:
        """Return the comments that the user added above all sections and their comments."""
        heads = self.last.head, self.coming.head
        known = self.known.union(line.strip() for head in heads for line in head)
        notes = [line for line in self.now.head if is_comment(line) and line.strip() not in known]
        # without the blank line they might be comments of the first section
        return [*notes, ""] if notes and not any(map(str.strip, self.coming.head)) else notes

    def _merge_settings(self, name: SectionName, section: Section) -> None:
        last = values_of(self.last.sections.get(name))
        mine = self.now.sections[name]
        now, coming = values_of(mine), values_of(section)
        taken: set[str] = set()
        end = max((option.lines[-1] for option in section.options.values()), default=section.line)
        for key in dict.fromkeys([*coming, *now]):
            yours, theirs = now.get(key), coming.get(key)
            if yours in (theirs, last.get(key)):
                continue
            if theirs != last.get(key):
                self._report(section, key, yours=yours, theirs=theirs)
            lines: Sequence[str] = ()
            if yours is not None:
                option = mine.options[key]
                lines = self.now.lines[option.line - 1 : option.lines[-1]]
            taken.add(key)
            if key not in section.options:
                self.lines[end - 1] += lines
                continue
            option = section.options[key]
            for number in range(option.line, option.lines[-1] + 1):
                self.lines[number - 1] = []
            self.lines[option.line - 1] = list(lines)
        self._add_comments(name, mine, section, taken)

    def _add_comments(
        self, name: SectionName, mine: Section, section: Section, taken: AbstractSet[str]
    ) -> None:
        """Put the comments that the user added below the settings that they are below.

        Those inside the values of `taken` settings are there already.
        """
        known = self._known_lines(name)
        place = section.line
        starts = {option.line: option for option in mine.options.values()}
        inside = {
            number
            for option in starts.values()
            if option.key in taken
            for number in range(option.line, option.lines[-1])
        }
        above: list[str] = []
        for index in self.now.spans[mine.name]:
            number, line = index + 1, self.now.lines[index]
            option = starts.get(number)
            if option is not None and option.key in section.options:
                place = section.options[option.key].lines[-1]
            if not is_comment(line) or number in inside or line.strip() in known:
                continue
            if number < mine.line:
                above.append(line)
            else:
                self.lines[place - 1].append(line)
        self.lines[section.line - 1] = above + self.lines[section.line - 1]

    def _stay_removed(self, name: SectionName, section: Section) -> None:
        if values_of(self.last.sections[name]) != values_of(section):
            self._report(section, None, yours=None, theirs=_spell(section))
        for index in self.coming.spans[section.name][: len(self.coming.lines_of(section))]:
            self.lines[index] = []

    def _stays(self, name: SectionName, section: Section) -> bool:
        """Return whether a section that does not come is the user's, at least in part."""
        if name not in self.last.sections:
            return True
        known = self._known_lines(name)
        is_noted = any(
            is_comment(line) and line.strip() not in known for line in self.now.lines_of(section)
        )
        if values_of(section) == values_of(self.last.sections[name]) and not is_noted:
            return False
        self._report(section, None, yours=_spell(section), theirs=None)
        return True

    def _lines_of(self, section: Section) -> list[str]:
        """Return the lines of a section without the team's comments above it, which come anyway."""
        lines = self.now.lines_of(section)
        above = section.line - 1 - self.now.spans[section.name].start
        theirs = self.known & _comments_of(self.coming).keys()
        return [*(line for line in lines[:above] if line.strip() not in theirs), *lines[above:]]

    def _known_lines(self, name: SectionName) -> set[str]:
        """Return the lines of a section that came from the team, last time or now."""
        return self.known.union(
            line.strip()
            for content in (self.last, self.coming)
            if name in content.sections
            for line in content.lines_of(content.sections[name])
        )

    def _report(
        self, section: Section, key: str | None, *, yours: str | None, theirs: str | None
    ) -> None:
        self.conflicts.append(
            EditConflict(section=section.name, key=key, yours=yours, theirs=theirs)
        )


def _comments_of(content: Content) -> Counter[str]:
    return Counter(line.strip() for line in content.lines if is_comment(line))


def _spell(section: Section) -> str:
    return "; ".join(f"{key} = {value}" for key, value in values_of(section).items())
