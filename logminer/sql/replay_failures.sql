-- Answers that did not come, by checkpoint, state and code; share is of the checkpoint's answers.
--
-- checkpoint, state, error: as in responses
-- n_responses: responses that failed so
-- share: n_responses of all the checkpoint's responses, in [0, 1]
CREATE OR REPLACE VIEW replay_failures AS
WITH totals AS (SELECT checkpoint, count(*) AS n FROM responses GROUP BY checkpoint)
SELECT r.checkpoint, r.state, r.error, count(*) AS n_responses, count(*) / any_value(t.n) AS share
FROM responses AS r
JOIN totals AS t USING (checkpoint)
WHERE r.error IS NOT NULL
GROUP BY r.checkpoint, r.state, r.error;
