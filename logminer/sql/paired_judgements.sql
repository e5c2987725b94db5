-- Two checkpoints side by side on the same prompt: one row for each ordered pair of checkpoints × prompt × category ×
-- channel × scorer that has a usable label (yes or no) in both. Rates are shares of samples labelled yes, in [0, 1].
--
-- base: checkpoint compared with
-- candidate: checkpoint compared
-- prompt_id: as in prompts
-- category_id, channel, scorer: as in judgements
-- base_rate: share of the base's samples that are labelled yes, in [0, 1]
-- candidate_rate: share of the candidate's samples that are labelled yes, in [0, 1]
-- difference: candidate minus base, in [−1, 1]
-- base_samples: samples of the base labelled yes or no
-- candidate_samples: samples of the candidate labelled yes or no
CREATE OR REPLACE VIEW paired_judgements AS
WITH rated AS (
    SELECT
        r.prompt_id, r.checkpoint, j.category_id, j.channel, j.scorer,
        avg(CAST(j.label = 'yes' AS DOUBLE)) AS rate, count(*) AS samples
    FROM judgements AS j
    JOIN responses AS r USING (response_id)
    WHERE j.label IN ('yes', 'no')
    GROUP BY ALL
)
SELECT
    b.checkpoint AS base, c.checkpoint AS candidate, prompt_id, category_id, channel, scorer,
    b.rate AS base_rate, c.rate AS candidate_rate, c.rate - b.rate AS difference,
    b.samples AS base_samples, c.samples AS candidate_samples
FROM rated AS b
JOIN rated AS c USING (prompt_id, category_id, channel, scorer)
WHERE b.checkpoint <> c.checkpoint;
