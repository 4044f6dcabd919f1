"""A Spark accumulator over dictionaries; apart from the runner, because Python workers import it too."""

from pyspark import AccumulatorParam

from pipelines.silver.repeats import LastSequences


class Highest(AccumulatorParam[LastSequences]):
    """Adds dictionaries up by keeping the highest value of each key."""

    def zero(self, value: LastSequences) -> LastSequences:
        """The empty sum."""
        return {}

    def addInPlace(self, value1: LastSequences, value2: LastSequences) -> LastSequences:
        """Let `value1` take what is higher in `value2`."""
        for key, seq in value2.items():
            value1[key] = max(seq, value1.get(key, seq))
        return value1
