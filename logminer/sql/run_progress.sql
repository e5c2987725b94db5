-- How much of each stage is in this database: a study's first run publishes as it goes.
--
-- stage, fingerprint: as in loaded_parts
-- parts: parts that are loaded
-- n_rows: rows in them
CREATE OR REPLACE VIEW run_progress AS
SELECT stage, fingerprint, count(*) AS parts, sum(rows) AS n_rows
FROM loaded_parts
GROUP BY stage, fingerprint;
