-- One step in the life of every finding: those that fire tonight and those that the previous run held.
--
-- Reads fired, unjudged, blind, prior, last_state, cut_date, state_rules, waiver (life.py says what they hold), the state table as `state_cell`
-- and the variable unsettled_after. Leaves `step`, and fills `finding` and `transition`.

CREATE OR REPLACE TEMP TABLE step AS
WITH cut AS (
    SELECT system, plant, cut_date FROM cut_date
    UNION ALL
    -- What has no plant is judged on the day of the plant of its system that is furthest behind.
    SELECT system, '*', min(cut_date) FROM cut_date GROUP BY system HAVING NOT bool_or(plant = '*')
),
bound AS (
    SELECT CAST(NULL AS VARCHAR) AS finding_id, CAST(NULL AS DATE) AS until, CAST(NULL AS DECIMAL(18, 6)) AS quantity, CAST(NULL AS DECIMAL(18, 2)) AS value_at_risk
    WHERE false
    UNION ALL BY NAME
    SELECT * FROM waiver
),
known AS (
    SELECT
        finding_id,
        coalesce(fired.rule_id, prior.rule_id) AS rule_id,
        fired.finding_id IS NOT NULL AS seen,
        coalesce(fired.in_flight, false) AS moving,
        coalesce(fired.system, prior.system) AS system,
        coalesce(fired.plant, prior.plant) AS plant,
        abs(coalesce(fired.difference, fired.quantity)) AS quantity,
        fired.value_at_risk AS value_at_risk,
        prior.state AS prior_state,
        prior.first_seen AS prior_first_seen,
        prior.last_seen AS prior_last_seen,
        prior.nights_open AS prior_nights_open,
        prior.in_flight_nights AS prior_in_flight_nights
    FROM fired FULL JOIN prior USING (finding_id)
),
placed AS (
    SELECT
        known.*,
        -- A rule that fires for a plant without a cut of its own is dated like the plant that is furthest behind; an absence there proves nothing.
        coalesce(cut.cut_date, CASE WHEN seen THEN (SELECT min(cut_date) FROM cut) END) AS cut_date,
        state_rules.kind AS kind,
        last_state.state AS recorded,
        last_state.first_seen AS recorded_first_seen,
        bound.finding_id IS NOT NULL AS has_waiver,
        bound.until AS waived_until,
        coalesce(known.quantity > bound.quantity, false) OR coalesce(known.value_at_risk > bound.value_at_risk, false) AS beyond,
        finding_id IN (SELECT finding_id FROM unjudged) OR (rule_id, system, plant) IN (SELECT (rule_id, system, plant) FROM blind) AS unseen
    FROM known
    LEFT JOIN cut USING (system, plant)
    LEFT JOIN state_rules USING (rule_id)
    LEFT JOIN last_state USING (finding_id)
    LEFT JOIN bound USING (finding_id)
),
counted AS (
    SELECT
        *,
        CASE
            WHEN prior_state IS NULL AND recorded = 'in flight' THEN 'in flight (open before)'
            WHEN prior_state IS NULL THEN coalesce(recorded, 'none')
            WHEN prior_state <> 'in flight' THEN prior_state
            -- The ledger is not told of a sighting in flight unless it was open: what it holds is what was there before.
            WHEN recorded IN ('resolved', 'retired', 'waived') THEN 'in flight (closed before)'
            WHEN prior_nights_open > 0 THEN 'in flight (open before)'
            ELSE 'in flight'
        END AS prior,
        coalesce(prior_state NOT IN ('resolved', 'retired'), false) AS living,
        coalesce(prior_last_seen >= cut_date, false) AS same_day,
        CASE WHEN living THEN prior_nights_open ELSE 0 END AS nights_before,
        CASE WHEN living THEN prior_in_flight_nights ELSE 0 END AS moving_before,
        CASE
            WHEN NOT seen THEN moving_before
            WHEN NOT moving THEN 0
            WHEN same_day AND moving_before > 0 THEN moving_before
            ELSE moving_before + 1
        END AS in_flight_nights
    FROM placed
),
judged AS (
    SELECT
        *,
        CASE
            WHEN seen AND NOT moving AND same_day THEN 'fires again the same day'
            WHEN seen AND NOT moving THEN 'fires'
            WHEN seen AND kind = 'state' AND in_flight_nights >= getvariable('unsettled_after') THEN 'in flight for the third cut date'
            WHEN seen THEN 'in flight'
            WHEN kind IS NULL THEN 'rule retired'
            WHEN unseen OR cut_date IS NULL THEN 'not evaluated'
            ELSE 'absent'
        END AS tonight,
        CASE
            WHEN NOT has_waiver THEN 'none'
            WHEN beyond OR coalesce(waived_until < cut_date, false) THEN 'ended'
            ELSE 'in force'
        END AS waiver
    FROM counted
)
SELECT
    judged.*,
    state_cell.next AS next,
    nullif(state_cell.event, '') AS event,
    -- What the ledger knows, or is told tonight. It is not told of things on their way that nobody had to look at.
    CASE
        WHEN judged.prior = 'in flight' THEN 'none'
        WHEN judged.prior = 'in flight (closed before)' THEN recorded
        ELSE split_part(judged.prior, ' (', 1)
    END AS ledger_prior,
    CASE
        WHEN state_cell.next = 'in flight' THEN 'none'
        WHEN state_cell.next = 'in flight (closed before)' THEN ledger_prior
        ELSE split_part(state_cell.next, ' (', 1)
    END AS ledger_next,
    ledger_prior <> ledger_next AS moved,
    seen OR moved OR (judged.tonight = 'not evaluated' AND living) AS kept,
    coalesce(prior_first_seen, recorded_first_seen, cut_date) AS first_seen,
    CASE WHEN seen THEN greatest(prior_last_seen, cut_date) ELSE prior_last_seen END AS last_seen,
    CASE
        WHEN NOT seen THEN coalesce(prior_nights_open, 0)
        WHEN state_cell.next NOT IN ('new', 'open', 'reopened', 'unsettled', 'waived') THEN nights_before
        WHEN same_day AND nights_before > 0 THEN nights_before
        ELSE nights_before + 1
    END AS nights_open
FROM judged
JOIN state_cell ON state_cell.prior = judged.prior AND state_cell.tonight = judged.tonight AND state_cell.waiver = judged.waiver;

INSERT INTO finding BY NAME
SELECT * FROM (
    SELECT
        fired.* EXCLUDE (in_flight),
        split_part(step.next, ' (', 1) AS state, step.event, step.first_seen, step.last_seen, step.nights_open, step.in_flight_nights
    FROM fired JOIN step USING (finding_id)
    UNION ALL BY NAME
    SELECT
        prior.* EXCLUDE (state, event, first_seen, last_seen, nights_open, in_flight_nights),
        split_part(step.next, ' (', 1) AS state, step.event, step.first_seen, step.last_seen, step.nights_open, step.in_flight_nights
    FROM prior JOIN step USING (finding_id)
    WHERE step.kept AND NOT step.seen
)
ORDER BY finding_id;

-- What is carried hung under what was the primary then. Where that is gone and this is not, it stands for itself: nobody looks below what is closed.
UPDATE finding
SET consequence_of = NULL
WHERE consequence_of NOT IN (SELECT finding_id FROM finding)
   OR (state NOT IN ('resolved', 'retired') AND consequence_of IN (SELECT finding_id FROM finding WHERE state IN ('resolved', 'retired')));

CREATE OR REPLACE TEMP TABLE transition AS
SELECT finding_id, rule_id, ledger_prior AS prior, ledger_next AS next, event, first_seen, cut_date
FROM step
WHERE moved
ORDER BY finding_id;
