"""A deterministic exchange: messages in, reports out, as Arrow batches; no clock, no randomness, no I/O."""
