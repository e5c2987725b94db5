"""`study.duckdb` and the parts that it is built from. The only door to DuckDB."""
