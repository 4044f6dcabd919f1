"""What quotes and trades of one instrument at one venue say: measures on arrays, without I/O, clock or Spark."""
