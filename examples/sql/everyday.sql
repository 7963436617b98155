-- Five everyday questions to comparisons in Parquet, for DuckDB 1.1 and later.
-- Run it in the output folder: cd DIR && duckdb < everyday.sql
--
-- Money is in minor units of its currency (cents), so it is summed by currency. An event has one row per model.
-- dt is the folder's date, the day in UTC on which the event occurred: a condition on it leaves other folders unread.

CREATE OR REPLACE TEMP VIEW comparisons AS
SELECT * FROM read_parquet('comparisons/**/*.parquet', hive_partitioning = true);

-- 1. How often does each model agree with what the live system did, day by day?
SELECT
    model_name,
    model_version,
    dt,
    count(*) AS comparisons,
    count(agrees) AS with_live_decision,
    round(avg(agrees::INTEGER), 4) AS agreement
FROM comparisons
GROUP BY ALL
ORDER BY ALL;

-- 2. How much money is at stake where a fraud model would have decided otherwise? taken_at_once is what would have
--    been taken at once more (or, negative, less) than the live system took; delta_amount is that of one order.
SELECT
    model_name,
    model_version,
    live_action,
    would_be_action,
    currency,
    count(*) AS orders,
    sum(amount)::BIGINT AS amount,
    sum(delta_amount)::BIGINT AS taken_at_once
FROM comparisons
WHERE kind = 'orders' AND live_action IS NOT NULL
GROUP BY ALL
ORDER BY ALL;

-- 3. Which disagreements are the largest?
SELECT
    model_name,
    model_version,
    subject_id,
    occurred_at,
    score,
    coalesce(live_action, live_price_amount::VARCHAR) AS live,
    coalesce(would_be_action, would_be_price_amount::VARCHAR) AS would_be,
    delta_amount,
    currency,
    source_topic,
    source_partition,
    source_offset
FROM comparisons
WHERE NOT agrees
ORDER BY abs(delta_amount) DESC NULLS LAST, comparison_id
LIMIT 20;

-- 4. How are scores distributed in each segment? Put the name of another segment for country.
SELECT
    model_name,
    model_version,
    segments['country'] AS segment,
    count(*) AS comparisons,
    round(avg(score), 4) AS mean,
    round(quantile_cont(score, 0.05), 4) AS p05,
    round(quantile_cont(score, 0.25), 4) AS p25,
    round(quantile_cont(score, 0.50), 4) AS p50,
    round(quantile_cont(score, 0.75), 4) AS p75,
    round(quantile_cont(score, 0.95), 4) AS p95
FROM comparisons
GROUP BY ALL
ORDER BY ALL;

-- 5. How would each item's price change? mechanical is the sum of quantity × change at unchanged demand: no forecast.
SELECT
    model_name,
    model_version,
    segments['category'] AS category,
    item_id,
    currency,
    count(*) AS quotes,
    round(median((would_be_price_amount - live_price_amount) / live_price_amount), 4) AS median_change,
    round(avg((would_be_price_amount > live_price_amount AND NOT agrees)::INTEGER), 4) AS share_up,
    round(avg((would_be_price_amount < live_price_amount AND NOT agrees)::INTEGER), 4) AS share_down,
    round(avg((len(guardrails) > 0)::INTEGER), 4) AS share_held_by_guardrails,
    sum(coalesce(quantity, 1) * delta_amount) AS mechanical
FROM comparisons
WHERE kind = 'prices'
GROUP BY ALL
ORDER BY abs(mechanical) DESC, item_id, model_name, model_version
LIMIT 50;
