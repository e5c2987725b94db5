-- Every judgement with the response it is about and the prompt it answers: the view to read examples from.
-- One row for each response × category × channel × scorer.
--
-- category_id, channel, scorer, label, score: as in judgements
-- checkpoint, response_id, sample_index, response, thoughts, finish_reason: as in responses
-- prompt: content of the prompt's last message, anonymised; null: none
-- others: as in prompts
CREATE OR REPLACE VIEW labelled_responses AS
SELECT
    r.checkpoint, j.category_id, j.channel, j.scorer, j.label, j.score,
    r.response_id, r.sample_index, r.response, r.thoughts, r.finish_reason,
    p.prompt_id, p.conversation_id, p.user_id, p.split, p.turn_index, p.language, p.attributes,
    p.messages[-1].content AS prompt
FROM judgements AS j
JOIN responses AS r USING (response_id)
JOIN prompts AS p USING (prompt_id);
