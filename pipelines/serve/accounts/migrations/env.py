"""What Alembic runs: the migrations, in the transaction of the connection that it is given."""

from alembic import context

from pipelines.serve.accounts.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
