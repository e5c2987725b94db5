-- How often each checkpoint shows each behaviour. rate = yes / (yes + no); unsure and unparsable are counted apart.
--
-- checkpoint: as in responses
-- category_id, channel, scorer: as in judgements
-- yes, no, unsure, unparsable: judgements with this label
-- n_prompts: prompts behind the judgements
-- n_users: known users behind them; null: users unknown
-- rate: yes / (yes + no), in [0, 1]; null: neither was said
CREATE OR REPLACE VIEW category_rates AS
SELECT
    r.checkpoint, j.category_id, j.channel, j.scorer,
    count(*) FILTER (j.label = 'yes') AS yes,
    count(*) FILTER (j.label = 'no') AS no,
    count(*) FILTER (j.label = 'unsure') AS unsure,
    count(*) FILTER (j.label = 'unparsable') AS unparsable,
    count(DISTINCT r.prompt_id) AS n_prompts,
    nullif(count(DISTINCT p.user_id), 0) AS n_users,
    yes / nullif(yes + no, 0) AS rate
FROM judgements AS j
JOIN responses AS r USING (response_id)
JOIN prompts AS p USING (prompt_id)
GROUP BY r.checkpoint, j.category_id, j.channel, j.scorer;
