"""The mathematics of customer satisfaction and loyalty: pure functions, no dbt, no I/O."""
