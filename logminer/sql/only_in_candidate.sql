-- Behaviours and clusters that the candidate shows and the base never did, as the scorer with the verdict sees them,
-- the strongest evidence first: it goes by q, which allows for everything that was looked at. base_at_most is
-- an upper bound of the base's rate (as in comparisons). Clusters are tested on the users who were not used to find them.
--
-- title: title of the category, or name of the cluster; null: it has none
-- others: as in comparisons
CREATE OR REPLACE VIEW only_in_candidate AS
SELECT
    c.base, c.candidate, c.kind, c.category_id, c.cluster_id, coalesce(k.title, u.name) AS title,
    c.scorer, c.channel, c.stratum, c.n_prompts, c.candidate_rate, c.candidate_only, c.p_exact, c.base_at_most,
    c.q, c.verdict, c.flags
FROM comparisons AS c
LEFT JOIN categories AS k USING (category_id)
LEFT JOIN clusters AS u ON u.cluster_id = c.cluster_id
WHERE c.base_rate = 0 AND c.candidate_rate > 0 AND c.role = 'primary'
ORDER BY
    c.q NULLS LAST, c.p NULLS LAST, c.candidate_rate DESC, c.base, c.candidate, c.stratum <> 'all', c.stratum, c.kind,
    c.category_id, c.cluster_id, c.scorer, c.channel;
