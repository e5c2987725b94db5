-- Who asks how much: users by their number of prompts, the heaviest first. Where few have much, a rate is about them.
--
-- unit: the user, or where they are unknown the conversation
-- user_id: as in prompts
-- n_conversations: their conversations
-- n_prompts: their prompts
-- share: n_prompts of all prompts, in (0, 1]
-- share_so_far: share of this user and all before, in (0, 1]
CREATE OR REPLACE VIEW unit_shares AS
SELECT
    coalesce(user_id, conversation_id) AS unit, any_value(user_id) AS user_id,
    count(DISTINCT conversation_id) AS n_conversations, count(*) AS n_prompts,
    n_prompts / sum(n_prompts) OVER () AS share,
    sum(n_prompts) OVER (ORDER BY n_prompts DESC, unit) / sum(n_prompts) OVER () AS share_so_far
FROM prompts
GROUP BY unit
ORDER BY n_prompts DESC, unit;
