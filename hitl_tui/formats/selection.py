"""Which cases go into a data set and what people settled about each, by the filters of an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hitl_tui.formats.samples import Answer, ContextUse, Judged, Sample, Settler
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.verdict import WRITES_TEXT
from hitl_tui.queue.protocol import Material, Record, StoredVerdict

Who = Callable[[str], str]
"""From a name to its pseudonym."""

LEFT_OUT: Mapping[str, str] = {
    "filtered": "outside the filters: widen --since, --label, --pool or --exclude-reviewer",
    "unsettled": "what the filters leave of the verdicts settles nothing",
    "pending": "not decided yet: `hitl review` brings verdicts",
    "disputed": "the verdicts disagree: `hitl adjudicate` settles them",
    "withdrawn": "withdrawn by their producer or a lead",
    "fallback": "nobody decided: the time was over and the safe answer went out",
    "policy": "allowed or blocked by the policy, which no person saw",
    "planted": "gold, whose answer was known before: `--include-gold` takes them in",
    "agreement": "fewer verdicts agree than `--min-agreement` asks for",
    "unjudged": "nobody has judged them: `hitl review` brings verdicts",
    "no_rows": "the format has nothing to say of such a decision or kind",
    "between_splits": "alike to cases of two splits, so in neither of them",
}
"""Why a case is not in a data set, and what would change that."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters. `since` compares with when a verdict or a ruling was given; None means no filter."""

    since: datetime | None = None
    labels: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    min_agreement: float | None = None
    without: frozenset[str] = frozenset()
    include_gold: bool = False
    anonymise: bool = False
    context: ContextUse = "system"
    standard: bool = False

    def described(self, who: Who) -> dict[str, Any]:
        """For a manifest: the filters that are set, reviewers by pseudonym."""
        found: dict[str, Any] = {
            "since": rfc3339(self.since) if self.since else None,
            "labels": sorted(self.labels) or None,
            "pools": sorted(self.pools) or None,
            "min_agreement": self.min_agreement,
            "exclude_reviewers": sorted(who(name) for name in self.without) or None,
            "include_gold": self.include_gold or None,
            "anonymise": self.anonymise or None,
            "context": self.context,
            "standard": self.standard or None,
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def changes(self) -> bool:
        """Whether a case can look otherwise under it than it is kept."""
        return self.narrows or self.anonymise or self.min_agreement is not None

    @property
    def narrows(self) -> bool:
        """Whether it leaves verdicts or cases away that an export of everything has."""
        return bool(self.since or self.labels or self.pools or self.without or self.min_agreement)


def choose(material: Material, selection: Selection, who: Who) -> tuple[Sample, str | None]:
    """The sample of a case, and why it is not training data (a key of LEFT_OUT) or None."""
    record = material.record
    kept = tuple(one for one in record.verdicts if _kept(one, selection))
    if selection.anonymise:
        kept = tuple(one._replace(verdict=_anonymous(one, who)) for one in kept)
    judged = tuple(
        Judged(
            one.verdict,
            one.verdict.reviewer if selection.anonymise else who(one.verdict.reviewer),
            one.late,
            one.adopted,
        )
        for one in kept
    )
    if len(kept) != len(record.verdicts) or selection.anonymise:
        record = record._replace(verdicts=kept)
    if selection.anonymise:
        record = _without_hours(record, who)
    answer, why = _answer(material.record, record, judged, selection)
    if not _matches(record, judged, selection):
        why = "filtered"
    elif why is None and material.planted and not selection.include_gold:
        why = "planted"
    elif why is None and selection.min_agreement is not None:
        assert answer is not None
        why = "agreement" if answer.agreement < selection.min_agreement else None
    sample = Sample(
        record,
        judged,
        answer,
        material.split,
        material.planted,
        selection.context,
        selection.standard,
    )
    return sample, why


def _kept(stored: StoredVerdict, selection: Selection) -> bool:
    if stored.undone_at is not None or stored.verdict.reviewer in selection.without:
        return False
    decided = stored.verdict.decided_at
    return selection.since is None or (decided is not None and decided >= selection.since)


def _matches(record: Record, judged: tuple[Judged, ...], selection: Selection) -> bool:
    if selection.pools and record.route.pool not in selection.pools:
        return False
    if selection.labels:
        given = {label for one in judged for label in one.verdict.labels}
        given |= {span.label for one in judged for span in one.verdict.spans if span.label}
        if not given & selection.labels:
            return False
    if judged or (selection.since is None and not selection.without):
        return True
    ruling, since = record.ruling, selection.since
    return ruling is not None and since is not None and ruling.at >= since


def _answer(
    whole: Record, record: Record, judged: tuple[Judged, ...], selection: Selection
) -> tuple[Answer | None, str | None]:
    if record.state != "resolved" or record.resolution is None:
        return None, record.state
    resolution, ruling = record.resolution, record.ruling
    if resolution.source == "policy":
        return None, "policy"
    said = [one for one in judged if one.verdict.decision != "escalate"]
    if resolution.source == "adjudication":
        if whole.ruling is not None and whole.ruling.actor in selection.without:
            return None, "unsettled"
        text: str | None = resolution.output if resolution.decision in WRITES_TEXT else None
        text = text if ruling is None or ruling.output is None else ruling.output
        alike = [one for one in said if one.verdict.decision == resolution.decision]
        share = len(alike) / len(said) if said else 1.0
        return Answer(resolution.decision, text, "adjudication", share), None
    late = resolution.source == "fallback"
    if late and not said:
        return None, "fallback"
    return _settled(said, late=late, filtered=selection.narrows)


def _settled(said: list[Judged], *, late: bool, filtered: bool) -> tuple[Answer | None, str | None]:
    """What more than half of the verdicts say; what came late counts only where nothing else is."""
    counting = said if late else [one for one in said if not one.late]
    if not counting:
        return None, "unsettled" if filtered else "pending"
    ballots = Counter((one.verdict.decision, one.verdict.edited_output) for one in counting)
    (decision, text), votes = ballots.most_common(1)[0]
    if votes * 2 <= len(counting):
        return None, "unsettled" if filtered else "disputed"
    source: Settler = "late" if late else "reviewer" if len(counting) == 1 else "consensus"
    return Answer(decision, text, source, votes / len(counting)), None


def _without_hours(record: Record, who: Who) -> Record:
    """The record with pseudonyms, and with days where a time is that of somebody's decision."""
    ruling, resolution = record.ruling, record.resolution
    if ruling is not None:
        ruling = ruling._replace(actor=who(ruling.actor), at=_day(ruling.at))
    if resolution is not None:
        day = _day(resolution.resolved_at)
        resolution = resolution.model_copy(update={"resolved_at": day})
    return record._replace(ruling=ruling, resolution=resolution)


def _day(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def _anonymous(stored: StoredVerdict, who: Who) -> Any:
    """The verdict without what tells who gave it, or when they work."""
    verdict = stored.verdict
    day = verdict.decided_at
    return verdict.model_copy(
        update={
            "reviewer": who(verdict.reviewer),
            "decided_at": day and _day(day),
            "opened_at": None,
            "client_decided_at": None,
            "lease": None,
            "client": None,
        }
    )
