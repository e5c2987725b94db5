-- How much of each checkpoint's responses lies in clusters at all; a difference here is a finding, and compared as cluster −1.
--
-- checkpoint: as in responses
-- n_responses: its responses that were placed on the map, noise included
-- n_placed: of these, those that lie in a cluster
-- coverage: n_placed / n_responses, in [0, 1]
-- n_clusters: clusters in which it has a response
-- mean_strength: mean of assignments.strength, in [0, 1]; null: no clusters were found
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
