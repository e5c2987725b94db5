-- Every cluster with what it lies under, largest parents first: a table of contents of the responses.
--
-- level_2_id: number of the parent above its parent; null: there is none
-- level_2: that one's name; null: there is none
-- level_1_id: number of the parent that it shares with what is alike; null: nothing is
-- level_1: that one's name; null: there is none
-- others: as in clusters
CREATE OR REPLACE VIEW cluster_tree AS
SELECT
    second.parent_id AS level_2_id, second.name AS level_2,
    first.parent_id AS level_1_id, first.name AS level_1,
    k.cluster_id, k.name, k.fit_size, k.fit_users, k.stability
FROM clusters AS k
LEFT JOIN cluster_parents AS first ON first.parent_id = k.parent_id AND first.level = 1
LEFT JOIN cluster_parents AS second ON second.parent_id = coalesce(first.above_id, k.parent_id) AND second.level = 2
WHERE k.cluster_id >= 0
ORDER BY level_2_id NULLS LAST, level_1_id NULLS LAST, k.fit_size DESC, k.cluster_id;
