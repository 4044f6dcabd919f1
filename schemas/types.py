"""One Spark type per meaning: no other module spells a type."""

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    TimestampType,
)

TEXT: DataType = StringType()
COUNT: DataType = LongType()
SEQUENCE: DataType = LongType()
NANOS: DataType = LongType()
MILLIS: DataType = LongType()
MANY_MILLIS: DataType = ArrayType(LongType())
TIME: DataType = TimestampType()
DATE: DataType = DateType()
BYTES: DataType = BinaryType()
FLAG: DataType = BooleanType()
PARTITION: DataType = IntegerType()
OFFSET: DataType = LongType()
STATISTIC: DataType = DoubleType()
SENTENCES: DataType = ArrayType(StringType())
STATISTICS: DataType = ArrayType(DoubleType())
COUNTS: DataType = ArrayType(LongType())
VERSIONS: DataType = MapType(StringType(), LongType())  # Delta versions, by table

# Prices and quantities: exact, integers of 1e-9 on the wire.
EXACT: DataType = DecimalType(18, 9)
LEVELS: DataType = ArrayType(DecimalType(18, 9))
# The mean of two prices.
MID: DataType = DecimalType(20, 10)
# Amounts of money: every 64-bit integer of 1e-9.
MONEY: DataType = DecimalType(19, 9)
# Sums of exact numbers, and of products of two of them.
EXACT_SUM: DataType = DecimalType(38, 9)
VALUE_SUM: DataType = DecimalType(38, 12)
# Sums of measures in integer units of 1e-9, and of their squares: adding them in any order gives the same bits.
UNITS_SUM: DataType = DecimalType(38, 0)
