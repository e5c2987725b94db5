-- How much of each checkpoint's responses lies in clusters at all; a difference here is a finding, and compared as cluster −1.
CREATE OR REPLACE VIEW cluster_coverage AS
SELECT
    r.checkpoint,
    count(*) AS n_responses,
    count(*) FILTER (a.cluster_id >= 0) AS n_placed,
    n_placed / n_responses AS coverage,
    count(DISTINCT a.cluster_id) FILTER (a.cluster_id >= 0) AS n_clusters,
    avg(a.strength) AS mean_strength
FROM assignments AS a
JOIN responses AS r USING (response_id)
GROUP BY r.checkpoint;
