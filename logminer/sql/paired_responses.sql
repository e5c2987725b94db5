-- Both answers to one prompt, with what a scorer says of them: one row for each ordered pair of checkpoints × prompt ×
-- category × channel × scorer with a usable label (yes or no) in both. Of several samples those stand here that tell the
-- arms apart: one that shows the behaviour where its arm does so more often, one that does not where less.
--
-- base: checkpoint compared with
-- candidate: checkpoint compared
-- category_id, channel, scorer: as in judgements
-- direction: 'gained' (the candidate shows it more often) or 'lost' (less); null: as often
-- base_rate: share of the base's samples that are labelled yes, in [0, 1]
-- candidate_rate: share of the candidate's samples that are labelled yes, in [0, 1]
-- prompt: content of the prompt's last message, anonymised; null: none
-- base_response: what the base said; null: it said nothing
-- base_thoughts: what it thought; null: none, or unknown
-- candidate_response: what the candidate said; null: it said nothing
-- candidate_thoughts: what it thought; null: none, or unknown
-- base_response_id: the base's row of `responses`
-- candidate_response_id: the candidate's row of `responses`
-- others: as in prompts
CREATE OR REPLACE VIEW paired_responses AS
WITH rated AS (
    SELECT
        r.prompt_id, r.checkpoint, j.category_id, j.channel, j.scorer,
        avg(CAST(j.label = 'yes' AS DOUBLE)) AS rate,
        arg_min(response_id, r.sample_index) FILTER (j.label = 'yes') AS one_yes,
        arg_min(response_id, r.sample_index) FILTER (j.label = 'no') AS one_no
    FROM judgements AS j
    JOIN responses AS r USING (response_id)
    WHERE j.label IN ('yes', 'no')
    GROUP BY ALL
), paired AS (
    SELECT
        b.checkpoint AS base, c.checkpoint AS candidate, prompt_id, category_id, channel, scorer,
        b.rate AS base_rate, c.rate AS candidate_rate,
        CASE WHEN c.rate > b.rate THEN 'gained' WHEN c.rate < b.rate THEN 'lost' END AS direction,
        CASE WHEN b.rate < c.rate THEN b.one_no ELSE coalesce(b.one_yes, b.one_no) END AS base_response_id,
        CASE WHEN c.rate < b.rate THEN c.one_no ELSE coalesce(c.one_yes, c.one_no) END AS candidate_response_id
    FROM rated AS b
    JOIN rated AS c USING (prompt_id, category_id, channel, scorer)
    WHERE b.checkpoint <> c.checkpoint
)
SELECT
    x.base, x.candidate, prompt_id, x.category_id, x.channel, x.scorer, x.direction, x.base_rate, x.candidate_rate,
    p.messages[-1].content AS prompt,
    b.response AS base_response, b.thoughts AS base_thoughts,
    c.response AS candidate_response, c.thoughts AS candidate_thoughts,
    x.base_response_id, x.candidate_response_id,
    p.user_id, p.turn_index, p.language, p.attributes
FROM paired AS x
JOIN prompts AS p USING (prompt_id)
JOIN responses AS b ON b.response_id = x.base_response_id
JOIN responses AS c ON c.response_id = x.candidate_response_id;
