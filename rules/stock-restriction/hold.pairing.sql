/* ---
pairing: hold
title: Batches that quality or the MES holds
key: [material, batch]
from: [qms.hold, mes.hold]
workflow: quality-hold
settle: 1h
local: batch
evidence:
  - {table: qms.hold, match: {material: material, batch: batch}}
  - {table: mes.hold, match: {material: material, batch: batch}}
messages:
  - {match: {material: material, batch: batch}}
  - {behind: qms.hold, match: {hold_id: hold_id}}
--- */
WITH told AS (
    SELECT 'qms' AS side, h.* FROM qms.hold h
    UNION ALL
    SELECT 'mes', h.* FROM mes.hold h
),
placed AS (
    SELECT t.side,
           t.system,
           t.plant,
           t.material,
           t.batch,
           t.hold_id,
           t.scope,
           t.reason,
           t.owner,
           t.opened_at,
           t.changed_at,
           t.closed_at IS NULL OR t.closed_at > c.cut AS open,
           t.scope = 'batch' AS whole,
           -- What was edited just now was held before; only a hold that was placed just now, or has just ended, gives the other side time to follow.
           CASE WHEN t.closed_at <= t.changed_at OR t.opened_at IS NULL THEN t.moving ELSE t.opened_at > c.settled_until END AS moving,
           CASE
               WHEN t.ambiguous THEN 'ambiguous: rows with equal keys differ'
               WHEN (t.closed_at IS NULL OR t.closed_at > c.cut) AND t.problems IS NOT NULL THEN concat('unreadable: ', t.problems)
           END AS not_evaluated,
           -- The oldest is shown, one of the whole batch before one of a part of it.
           concat(CASE WHEN t.scope = 'batch' THEN '0' ELSE '1' END, coalesce(CAST(t.opened_at AS VARCHAR), '9999'), t.hold_id) AS place
    FROM told t
    JOIN cut c ON c.system = t.system AND c.plant = t.plant
    WHERE t.batch IS NOT NULL
),
held AS (
    SELECT side,
           system,
           plant,
           material,
           batch,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated,
           bool_or(open) AS held,
           bool_or(open AND whole) AS held_whole,
           bool_or(open AND NOT moving) AS held_settled,
           bool_or(open AND whole AND NOT moving) AS held_whole_settled,
           bool_or(NOT open AND moving) AS ended_just_now,
           min_by(hold_id, place) FILTER (WHERE open) AS hold_id,
           min_by(scope, place) FILTER (WHERE open) AS scope,
           nullif(min_by(coalesce(reason, ''), place) FILTER (WHERE open), '') AS reason,
           nullif(min_by(coalesce(owner, ''), place) FILTER (WHERE open), '') AS owner,
           min(opened_at) FILTER (WHERE open) AS opened_at
    FROM placed
    GROUP BY side, system, plant, material, batch
),
both_sides AS (
    SELECT system,
           plant,
           material,
           batch,
           max(changed_at) AS changed_at,
           min(not_evaluated) AS not_evaluated,
           coalesce(bool_or(held) FILTER (WHERE side = 'qms'), false) AS qms_held,
           bool_or(held_whole) FILTER (WHERE side = 'qms') AS qms_held_whole,
           bool_or(held_settled) FILTER (WHERE side = 'qms') AS qms_held_settled,
           bool_or(held_whole_settled) FILTER (WHERE side = 'qms') AS qms_held_whole_settled,
           coalesce(bool_or(ended_just_now) FILTER (WHERE side = 'qms'), false) AS qms_ended_just_now,
           coalesce(bool_or(held) FILTER (WHERE side = 'mes'), false) AS mes_held,
           bool_or(held_whole) FILTER (WHERE side = 'mes') AS mes_held_whole,
           bool_or(held_settled) FILTER (WHERE side = 'mes') AS mes_held_settled,
           coalesce(bool_or(ended_just_now) FILTER (WHERE side = 'mes'), false) AS mes_ended_just_now,
           min(hold_id) FILTER (WHERE side = 'qms') AS qms_hold_id,
           min(scope) FILTER (WHERE side = 'qms') AS qms_scope,
           min(reason) FILTER (WHERE side = 'qms') AS qms_reason,
           min(owner) FILTER (WHERE side = 'qms') AS qms_owner,
           min(opened_at) FILTER (WHERE side = 'qms') AS qms_opened_at,
           min(hold_id) FILTER (WHERE side = 'mes') AS mes_hold_id,
           min(scope) FILTER (WHERE side = 'mes') AS mes_scope,
           min(reason) FILTER (WHERE side = 'mes') AS mes_reason,
           min(opened_at) FILTER (WHERE side = 'mes') AS mes_opened_at
    FROM held
    GROUP BY system, plant, material, batch
)
SELECT system,
       plant,
       material,
       batch,
       changed_at,
       not_evaluated,
       qms_held,
       qms_held_whole,
       qms_held_settled,
       qms_held_whole_settled,
       qms_ended_just_now,
       mes_held,
       mes_held_whole,
       mes_held_settled,
       mes_ended_just_now,
       qms_hold_id,
       qms_scope,
       qms_reason,
       qms_owner,
       qms_opened_at,
       mes_hold_id,
       mes_scope,
       mes_reason,
       mes_opened_at
FROM both_sides
