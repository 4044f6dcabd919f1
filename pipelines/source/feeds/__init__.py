"""Live feeds: venues' streams to batches of the wire, until they are told to stop."""
