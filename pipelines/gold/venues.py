"""gold.venues: who the venues are."""

from schemas.registry import View
from schemas.venues import VENUES

VENUES_VIEW = View(
    "gold.venues",
    "The venues: name, and whether orders are displayed (LIT) or not (DARK)",
    (("venue", "Venue code"), ("venue_name", "Name"), ("venue_type", "LIT or DARK")),
    "SELECT * FROM VALUES " + ", ".join(f"('{v.code}', '{v.name}', '{v.type}')" for v in VENUES),
)
