-- What lies in each cluster: of each checkpoint the five responses that belong to it most surely, each of another user;
-- in cluster −1 (noise), which has no middle, any five. The same ones each time.
--
-- cluster_id, strength: as in assignments
-- name: as in clusters
-- place: 1 is the surest
-- checkpoint, response_id, response, thoughts: as in responses
-- prompt: content of the prompt's last message, anonymised; null: none
-- others: as in prompts
CREATE OR REPLACE VIEW cluster_examples AS
WITH of_users AS (
    SELECT
        a.cluster_id, r.checkpoint, a.strength, r.response_id, r.prompt_id,
        CASE WHEN a.cluster_id >= 0 THEN a.strength END AS sureness
    FROM assignments AS a
    JOIN responses AS r USING (response_id)
    JOIN prompts AS p USING (prompt_id)
    QUALIFY row_number() OVER (
        PARTITION BY a.cluster_id, r.checkpoint, coalesce(p.user_id, p.conversation_id)
        ORDER BY sureness DESC NULLS LAST, r.response_id) = 1
), chosen AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY cluster_id, checkpoint ORDER BY sureness DESC NULLS LAST, response_id) AS place
    FROM of_users
    QUALIFY place <= 5
)
SELECT
    x.cluster_id, k.name, x.checkpoint, x.place, p.messages[-1].content AS prompt, r.response, r.thoughts, x.strength,
    p.user_id, p.language, x.prompt_id, response_id
FROM chosen AS x
JOIN responses AS r USING (response_id)
JOIN prompts AS p ON p.prompt_id = x.prompt_id
LEFT JOIN clusters AS k ON k.cluster_id = x.cluster_id
ORDER BY x.cluster_id, x.checkpoint, x.place;
