"""gold.venues: who the venues are, and where."""

from schemas.places import PLACES
from schemas.registry import View
from schemas.venues import VENUES, Venue


def _row(venue: Venue) -> str:
    place = PLACES[venue.code]
    operator = f"'{place.operator_mic}'" if place.operator_mic else "CAST(NULL AS STRING)"
    where = f"'{place.city}', {place.latitude}D, {place.longitude}D, '{place.kind}'"
    return f"('{venue.code}', '{venue.name}', '{venue.type}', '{place.market}', {operator}, {where})"


VENUES_VIEW = View(
    "gold.venues",
    "The venues: name, whether orders are displayed (LIT) or not (DARK), and where they are on the map",
    (
        ("venue", "Venue code"),
        ("venue_name", "Name"),
        ("venue_type", "LIT or DARK"),
        ("market", "Venues of one market, where they quote a symbol, form a common best bid and offer"),
        ("operator_mic", "Operating MIC (ISO 10383); null where the venue has none"),
        ("city", "City"),
        ("latitude", "Degrees north, WGS 84, to about a kilometre"),
        ("longitude", "Degrees east"),
        (
            "location_type",
            "What stands there: DATA_CENTRE or CLOUD_REGION of the matching engine, OFFICE of the operator; "
            "NOMINAL: our own exchange runs where it was started",
        ),
    ),
    "SELECT * FROM VALUES " + ", ".join(map(_row, VENUES)),
)
