"""silver.books in batch: the rebuild of the depth stream over any rows of silver.depth."""

from pyspark.sql import DataFrame

from pipelines.silver.book_rows import READS
from pipelines.silver.books import rebuild_books
from schemas.silver import BOOKS


def rebuild(depth: DataFrame) -> DataFrame:
    """Rows of silver.depth to rows of silver.books, each book from its first message here on, in order of arrival.

    Books are shared out among the partitions; a partition goes from batch to batch of rows, whatever a book's length.
    """
    by_book = depth.select(*READS).repartition("producer_id", "symbol", "venue")
    ordered = by_book.sortWithinPartitions("kafka_partition", "kafka_offset")
    return ordered.mapInArrow(rebuild_books, BOOKS.schema)
