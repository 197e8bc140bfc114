"""hitl: a terminal workstation for people who review LLM outputs."""

__version__ = "0.1.0"
