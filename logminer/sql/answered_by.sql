-- Who answered for each checkpoint, as the server or the model's file says; several rows: it changed in the middle.
CREATE OR REPLACE VIEW answered_by AS
SELECT checkpoint, answered_by, count(*) AS n_responses
FROM responses
WHERE answered_by IS NOT NULL
GROUP BY checkpoint, answered_by;
