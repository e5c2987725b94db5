-- How each checkpoint's responses spread over the clusters; cluster −1 is noise. share is of the checkpoint's responses.
--
-- checkpoint: as in responses
-- cluster_id: as in assignments
-- name: as in clusters
-- n_responses: the checkpoint's responses in the cluster
-- n_prompts: prompts that they answer
-- n_users: known users behind them; null: users unknown
-- share: n_responses of all the checkpoint's responses on the map, in [0, 1]
CREATE OR REPLACE VIEW cluster_shares AS
SELECT
    r.checkpoint, a.cluster_id, any_value(k.name) AS name,
    count(*) AS n_responses,
    count(DISTINCT r.prompt_id) AS n_prompts,
    nullif(count(DISTINCT p.user_id), 0) AS n_users,
    count(*) / sum(count(*)) OVER (PARTITION BY r.checkpoint) AS share
FROM assignments AS a
JOIN responses AS r USING (response_id)
JOIN prompts AS p USING (prompt_id)
LEFT JOIN clusters AS k USING (cluster_id)
GROUP BY r.checkpoint, a.cluster_id;
