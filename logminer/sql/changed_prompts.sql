-- The prompts on which the arms of a compared pair differ, with both answers, as the scorer with the verdict sees them:
-- one row for each pair × prompt × category × channel.
--
-- base: checkpoint compared with
-- candidate: checkpoint compared
-- category_id, channel: as in judgements
-- scorer: the one that has the verdict, by its name in the pipeline
-- direction: 'gained' (the candidate shows it, or more often) or 'lost' (no longer, or less often)
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
CREATE OR REPLACE VIEW changed_prompts AS
SELECT r.*
FROM paired_responses AS r
SEMI JOIN primary_scorers USING (base, candidate, category_id, channel, scorer)
WHERE r.direction IS NOT NULL;
