"""Who accounts belong to."""

from collections.abc import Mapping

from sqlalchemy import Engine, update

from pipelines.serve.accounts.codes import AccountType
from pipelines.serve.accounts.database import writing
from pipelines.serve.accounts.models import Profile
from pipelines.serve.accounts.state import Row
from pipelines.serve.accounts.store import add


def new_profile(account_id: str, created_ns: int) -> Row:
    """The profile of an account of which nothing is told: an individual that is named as it."""
    return {
        "account_id": account_id,
        "name": account_id,
        "type": AccountType.INDIVIDUAL.value,
        "created_ns": created_ns,
    }


def write_profile(engine: Engine, account_id: str, created_ns: int, given: Mapping[str, str]) -> None:
    """Add the profile of an account where there is none, and set what is given of `name` and `type`."""
    with writing(engine) as connection:
        add(connection, Profile, [new_profile(account_id, created_ns)])
        if given:
            connection.execute(update(Profile).where(Profile.account_id == account_id).values(**given))
