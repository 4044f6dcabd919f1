"""Strategies on recorded markets: what they would have earned, and whether that is more than luck."""
