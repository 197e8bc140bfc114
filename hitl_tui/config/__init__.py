"""The configuration: what `hitl.toml` may say, where it is found, where files live."""
