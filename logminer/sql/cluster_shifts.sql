-- The comparisons of clusters with their names, tested on the users who were not used to find them.
--
-- name: as in clusters
-- others: as in comparisons
CREATE OR REPLACE VIEW cluster_shifts AS
SELECT c.verdict, k.name, c.* EXCLUDE (verdict, kind, category_id, scorer)
FROM comparisons AS c
LEFT JOIN clusters AS k USING (cluster_id)
WHERE c.kind = 'cluster'
ORDER BY c.base, c.candidate, c.stratum <> 'all', c.stratum, c.q NULLS LAST, abs(c.difference) DESC, c.cluster_id;
