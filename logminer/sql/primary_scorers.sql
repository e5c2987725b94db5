-- Which scorer has the verdict of a category in a pair and channel: the primary one of `comparisons`; where
-- `compare.secondary` names the category, the one that the pipeline would ask first.
--
-- base, candidate, category_id, channel: as in comparisons
-- scorer: name of the scorer in the pipeline
CREATE OR REPLACE VIEW primary_scorers AS
WITH declared AS (
    SELECT CAST(CAST(arg_max(scorers, sequence) AS JSON) AS MAP(VARCHAR, VARCHAR[])) AS scorers
    FROM runs WHERE scorers IS NOT NULL
)
SELECT
    c.base, c.candidate, c.category_id, c.channel,
    arg_min(c.scorer, (c.role <> 'primary', coalesce(list_position(d.scorers[c.category_id], c.scorer), 999), c.scorer))
        AS scorer
FROM comparisons AS c, declared AS d
WHERE c.kind = 'category'
GROUP BY c.base, c.candidate, c.category_id, c.channel;
