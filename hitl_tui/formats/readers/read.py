"""What every reader gives back."""

from __future__ import annotations

from dataclasses import dataclass

from hitl_tui.model.case import Submission


@dataclass(frozen=True, slots=True)
class Read:
    """A submission, and what happened to the fields that a case does not have.

    `kept` are names of fields that went to `metadata` (`chunk`, `context[].page`), `dropped` those that
    were left out on purpose. `new_id` says that the record had no id and was given a new one.
    """

    submission: Submission
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    new_id: bool = False
