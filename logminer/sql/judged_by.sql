-- Who answered for each judge of an autorater, as the server or the model's file says; several rows of a judge: it changed.
--
-- scorer: name of the autorater in the pipeline
-- judge: name of the judge
-- checkpoint: whose responses it judged
-- answered_by: the model and fingerprint that the server reported, or of a local model its file and a hash of it
-- n_judgements: judgements that it had a vote in
CREATE OR REPLACE VIEW judged_by AS
SELECT j.scorer, v.judge, r.checkpoint, v.answered_by, count(*) AS n_judgements
FROM (FROM judgements WHERE judged_by IS NOT NULL) AS j -- of most scorers none: they need not be joined
JOIN responses AS r USING (response_id), unnest(j.judged_by) AS u(v)
WHERE j.judged_by IS NOT NULL
GROUP BY ALL;
