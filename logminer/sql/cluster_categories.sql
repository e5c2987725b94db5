-- What is judged of the responses in each cluster: where a behaviour lives.
--
-- cluster_id: as in assignments
-- name: as in clusters
-- category_id, channel, scorer: as in judgements
-- yes: judgements of the cluster's responses that say yes
-- n_judged: judgements that say yes or no
-- rate: yes / n_judged, in [0, 1]; null: neither was said
CREATE OR REPLACE VIEW cluster_categories AS
SELECT
    a.cluster_id, any_value(k.name) AS name, j.category_id, j.channel, j.scorer,
    count(*) FILTER (j.label = 'yes') AS yes,
    count(*) FILTER (j.label IN ('yes', 'no')) AS n_judged,
    yes / nullif(n_judged, 0) AS rate
FROM assignments AS a
JOIN judgements AS j USING (response_id)
LEFT JOIN clusters AS k USING (cluster_id)
GROUP BY a.cluster_id, j.category_id, j.channel, j.scorer;
