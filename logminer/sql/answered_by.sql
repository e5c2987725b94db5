-- Who answered for each checkpoint, as the server or the model's file says; several rows: it changed in the middle.
--
-- checkpoint: as in responses
-- answered_by: the model and fingerprint that the server reported, or of a local model its file and a hash of it
-- n_responses: responses that it gave
CREATE OR REPLACE VIEW answered_by AS
SELECT checkpoint, answered_by, count(*) AS n_responses
FROM responses
WHERE answered_by IS NOT NULL
GROUP BY checkpoint, answered_by;
