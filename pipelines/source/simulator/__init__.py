"""A market that never existed: seeded, reproducible, and as fast as the topics can take it."""
