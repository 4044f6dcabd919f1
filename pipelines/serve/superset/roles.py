"""Who may do what: viewers look at dashboards, analysts also build charts and ask SQL, Superset's Admin does all.

A viewer of one venue is the example of a row-level rule: what has a venue shows only rows of that venue to this role,
and it may open nothing else.
"""

from superset import db, security_manager
from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable
from superset.models.dashboard import Dashboard

VIEWER, ANALYST = "viewer", "analyst"
VENUE = "DLXA"
VENUE_VIEWER = f"viewer_{VENUE.lower()}"
ALIKE = {VIEWER: ("Gamma",), ANALYST: ("Alpha", "sql_lab"), VENUE_VIEWER: ("Gamma",)}


def create_roles() -> None:
    """Create the roles, or give those that exist the rights that they should have."""
    tables = db.session.query(SqlaTable).all()
    of_venues = [table for table in tables if "venue" in table.column_names]
    readable = {VIEWER: tables, ANALYST: tables, VENUE_VIEWER: of_venues}
    for name, alike in ALIKE.items():
        role = security_manager.add_role(name) or security_manager.find_role(name)
        rights = [right for other in alike for right in security_manager.find_role(other).permissions]
        role.permissions = list({*rights, *(_access(table) for table in readable[name])})
    _open_sql_to(ANALYST)
    _limit_to_venue(of_venues)
    for dashboard in db.session.query(Dashboard):
        dashboard.published = True
    db.session.commit()


def _access(table: SqlaTable) -> object:
    return security_manager.add_permission_view_menu("datasource_access", table.get_perm())


def _open_sql_to(name: str) -> None:
    database = db.session.query(SqlaTable).first().database
    right = security_manager.add_permission_view_menu("database_access", database.get_perm())
    role = security_manager.find_role(name)
    role.permissions = list({*role.permissions, right})


def _limit_to_venue(tables: list[SqlaTable]) -> None:
    known = db.session.query(RowLevelSecurityFilter).filter_by(name=VENUE_VIEWER).one_or_none()
    rule = known or RowLevelSecurityFilter(name=VENUE_VIEWER, filter_type="Regular")
    rule.description, rule.clause = f"Rows of the venue {VENUE} only", f"venue = '{VENUE}'"
    rule.tables, rule.roles = tables, [security_manager.find_role(VENUE_VIEWER)]
    db.session.add(rule)
