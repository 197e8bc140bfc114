"""What was asked, in the forms that trainers take: messages, one text, or a transcript."""

from __future__ import annotations

from collections.abc import Sequence

from hitl_tui.formats.samples import Sample
from hitl_tui.model.case import Passage

Messages = list[dict[str, str]]
SOURCES = "Answer from these sources."
_ROLES = {"developer": "system"}
"""Roles that chat templates do not know, and what says the same to them."""


def prompt(sample: Sample) -> Messages | None:
    """The conversation that led to the output, with its sources in the system message.

    None when nothing was asked: no message, and no source that could stand for one.
    """
    messages = [
        {"role": _ROLES.get(turn.role, turn.role), "content": str(turn.content)}
        for turn in sample.case.input
    ]
    context = sample.case.context if sample.context == "system" else ()
    if not messages and not context:
        return None
    if context:
        text = sources(context)
        if messages and messages[0]["role"] == "system":
            text = f"{messages.pop(0)['content']}\n\n{text}"
        messages.insert(0, {"role": "system", "content": text})
    if sample.case.attack is not None and not sample.case.input:
        messages.append({"role": "user", "content": str(sample.case.attack.goal)})
    return messages


def sources(context: Sequence[Passage]) -> str:
    """The passages in rank order, numbered from 1, each under its title."""
    parts = [SOURCES]
    for place, passage in enumerate(context, 1):
        head = f"[{place}]" + (f" {passage.title}" if passage.title else "")
        parts.append(f"{head}\n{passage.text}")
    return "\n\n".join(parts)


def reply(text: str) -> Messages:
    """The assistant's turn alone."""
    return [{"role": "assistant", "content": text}]


def plain(messages: Messages) -> str:
    """Messages as one text: a single question as it is, else each turn under the name of its role."""
    if len(messages) == 1 and messages[0]["role"] == "user":
        return messages[0]["content"]
    return "\n\n".join(f"{turn['role'].capitalize()}: {turn['content']}" for turn in messages)


def transcript(messages: Messages, text: str) -> str:
    """The form of Anthropic's HH data: turns of `Human` and `Assistant`, what a system says first."""
    parts: list[str] = []
    aside: list[str] = []
    for turn in [*messages, {"role": "assistant", "content": text}]:
        if turn["role"] == "assistant":
            parts.append(f"\n\nAssistant: {turn['content']}")
        elif turn["role"] == "user":
            content = "\n\n".join([*aside, turn["content"]])
            aside = []
            parts.append(f"\n\nHuman: {content}")
        else:
            aside.append(turn["content"])
    if aside:
        parts.insert(0, "\n\nHuman: " + "\n\n".join(aside))
    return "".join(parts)
