-- How often each checkpoint shows each behaviour, and where: of all prompts, by turn, language and month, whether
-- anonymisation altered them, and by each kept attribute. The interval allows for a user's prompts telling the same (who is
-- unknown is known by the conversation): Wilson's, of as many independent judgements as would have the variance between
-- users, fewer by the ratio of the quantiles of t (Korn & Graubard 1998, Surv. Methodol. 24:193); where nothing varies, of
-- as many as there are effective users (Kish). It is for looking; `comparisons` has what was tested.
--
-- checkpoint: as in responses
-- category_id, channel, scorer: as in judgements
-- stratum: 'all', 'turn=first', 'turn=later', 'language=…', 'month=…', 'altered=true', 'altered=false' or 'name=value'
-- n: judgements that say yes or no
-- yes: of these, those that say yes
-- rate: yes / n, in [0, 1]
-- low: lower end of its 95 % interval
-- high: upper end of it
-- n_prompts: prompts behind them
-- n_users: known users behind them; null: users unknown
-- n_effective: users that would tell as much if all prompts of a user told the same
CREATE OR REPLACE VIEW rates_by_stratum AS
WITH of_prompts AS (
    SELECT
        r.checkpoint, j.category_id, j.channel, j.scorer, r.prompt_id,
        count(*) AS n, count(*) FILTER (j.label = 'yes') AS yes
    FROM judgements AS j
    JOIN responses AS r USING (response_id)
    WHERE j.label IN ('yes', 'no')
    GROUP BY ALL
), strata AS (
    SELECT p.prompt_id, p.user_id, coalesce(p.user_id, p.conversation_id) AS unit, unnest(list_distinct([
        'all',
        CASE p.turn_index WHEN 0 THEN 'turn=first' ELSE 'turn=later' END,
        'language=' || p.language,
        'month=' || coalesce(p.attributes['month'], strftime(c.created_at, '%Y-%m')),
        'altered=' || coalesce(p.attributes['altered'], CAST(p.n_redacted > 0 AS VARCHAR))
    ] || [
        one.key || '=' || one.value FOR one IN map_entries(p.attributes) IF one.key NOT IN ('turn', 'language')
    ])) AS stratum
    FROM prompts AS p LEFT JOIN conversations AS c USING (conversation_id)
), of_users AS (
    SELECT
        checkpoint, category_id, channel, scorer, stratum, unit, any_value(user_id) AS user_id,
        sum(n) AS n, sum(yes) AS yes, count(*) AS n_prompts
    FROM of_prompts JOIN strata USING (prompt_id)
    GROUP BY ALL
), weighed AS (
    SELECT *, n / sum(n) OVER alike AS weight, sum(yes) OVER alike / sum(n) OVER alike AS rate
    FROM of_users
    WINDOW alike AS (PARTITION BY checkpoint, category_id, channel, scorer, stratum)
), summed AS (
    SELECT
        checkpoint, category_id, channel, scorer, stratum,
        CAST(sum(n) AS BIGINT) AS n, CAST(sum(yes) AS BIGINT) AS yes, any_value(rate) AS rate,
        CAST(sum(n_prompts) AS BIGINT) AS n_prompts, nullif(count(user_id), 0) AS n_users,
        round(1 / sum(weight ** 2), 9) AS n_effective,
        -- Who weighs much draws the rate to their own (CR2); of one user alone nothing is known, and this is null.
        sum((weight * (yes / n - rate)) ** 2 / nullif(1 - weight, 0)) AS variance
    FROM weighed
    GROUP BY ALL
), counted AS (
    SELECT
        *, [1.959964 + (2.372271 + (2.822499 + (2.555850 + 1.589534 / df) / df) / df) / df FOR df IN [n - 1, n_effective - 1]]
            AS t, -- its quantiles: Abramowitz & Stegun 26.7.5
        CASE WHEN variance > 1e-18 THEN least(rate * (1 - rate) / variance, n) ELSE n_effective END
            * CASE WHEN n_effective > 1 THEN least(t[1] / t[2], 1) ** 2 ELSE 1 END AS independent
    FROM summed
)
SELECT
    checkpoint, category_id, channel, scorer, stratum, n, yes, rate,
    wilson(rate * independent, independent).low AS low,
    wilson(rate * independent, independent).high AS high,
    n_prompts, n_users, n_effective
FROM counted;
