/* ---
canonical: operation
key: [MANDT, AUFPL]
reads:
  AFVC: [MANDT, AUFPL]
  AFVV: [MANDT, AUFPL]
  AFKO: [MANDT, AUFPL]
  AUFK: SELECT k.MANDT, k.AUFPL FROM raw.AFKO k SEMI JOIN changed.AUFK c ON c.MANDT = k.MANDT AND c.AUFNR = k.AUFNR
  CRHD: SELECT o.MANDT, o.AUFPL FROM raw.AFVC o SEMI JOIN changed.CRHD c ON c.MANDT = o.MANDT AND c.OBJID = o.ARBID
  JEST: SELECT o.MANDT, o.AUFPL FROM raw.AFVC o SEMI JOIN changed.JEST c ON c.MANDT = o.MANDT AND c.OBJNR = o.OBJNR
  JCDS: SELECT o.MANDT, o.AUFPL FROM raw.AFVC o SEMI JOIN changed.JCDS c ON c.MANDT = o.MANDT AND c.OBJNR = o.OBJNR
asked: {order_no: AFKO.AUFNR}
--- */
-- Operations belong to an order by its AUFPL [M]; those of an inspection lot have no order and are no operations here.
WITH status AS (
    SELECT MANDT,
           OBJNR,
           bool_or(STAT IN ('I0002', 'I0042')) AS released,
           bool_or(STAT = 'I0010') AS partially_confirmed,
           bool_or(STAT = 'I0009') AS confirmed,
           bool_or(STAT IN ('I0013', 'I0076')) AS deleted,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM raw.JEST SEMI JOIN raw.AFVC USING (MANDT, OBJNR)
    WHERE INACT IS NULL OR ambiguous OR problems IS NOT NULL
    GROUP BY MANDT, OBJNR
),
history AS (
    SELECT MANDT, OBJNR, max(utc(UDATE, UTIME)) AS changed_at
    FROM raw.JCDS SEMI JOIN raw.AFVC USING (MANDT, OBJNR)
    GROUP BY MANDT, OBJNR
),
place AS (
    SELECT MANDT, OBJID, min(ARBPL) AS ARBPL FROM raw.CRHD WHERE OBJTY = 'A' GROUP BY MANDT, OBJID
),
superior AS (
    SELECT MANDT, AUFPL, APLZL AS SUMNR, min(VORNR) AS VORNR FROM raw.AFVC GROUP BY ALL
)
SELECT o.MANDT,
       o.AUFPL,
       coalesce(o.WERKS, a.WERKS) AS plant,
       greatest(h.changed_at, utc(a.AEDAT, NULL), utc(a.ERDAT, NULL)) AS changed_at,
       o.row_ref,
       nullif(concat_ws('; ', o.problems, v.problems, s.problems, k.problems, CASE WHEN v.AUFPL IS NULL THEN 'no AFVV row' END,
                        CASE WHEN a.AUFNR IS NULL THEN 'no AUFK row' END,
                        CASE WHEN o.ARBID IS NOT NULL AND c.ARBPL IS NULL THEN concat('no CRHD row of work centre ', o.ARBID) END), '') AS problems,
       o.ambiguous OR k.ambiguous OR coalesce(v.ambiguous, false) OR coalesce(s.ambiguous, false) OR coalesce(a.ambiguous, false) AS ambiguous,
       k.AUFNR AS order_no,
       -- The standard sequence has the number 0.
       o.APLFL AS sequence_no,
       concat_ws('/', u.VORNR, o.VORNR) AS operation_no,
       o.LTXA1 AS text,
       c.ARBPL AS resource,
       o.STEUS AS control_key,
       v.MGVRG AS planned_quantity,
       v.LMNGA AS yield_quantity,
       v.XMNGA AS scrap_quantity,
       v.RMNGA AS rework_quantity,
       v.MEINH AS unit,
       coalesce(s.released, false) AS released,
       utc(v.ISDD, v.ISDZ) AS started_at,
       CASE WHEN s.confirmed THEN utc(v.IEDD, v.IEDZ) END AS completed_at,
       coalesce(s.partially_confirmed, false) AS partially_confirmed,
       coalesce(s.confirmed, false) AS finally_confirmed,
       o.LOEKZ IS NOT NULL OR coalesce(s.deleted, false) AS deletion_flag
FROM raw.AFVC o
JOIN raw.AFKO k ON k.MANDT = o.MANDT AND k.AUFPL = o.AUFPL
LEFT JOIN raw.AUFK a ON a.MANDT = k.MANDT AND a.AUFNR = k.AUFNR
LEFT JOIN raw.AFVV v ON v.MANDT = o.MANDT AND v.AUFPL = o.AUFPL AND v.APLZL = o.APLZL
LEFT JOIN superior u ON u.MANDT = o.MANDT AND u.AUFPL = o.AUFPL AND u.SUMNR = o.SUMNR
LEFT JOIN place c ON c.MANDT = o.MANDT AND c.OBJID = o.ARBID
LEFT JOIN status s ON s.MANDT = o.MANDT AND s.OBJNR = o.OBJNR
LEFT JOIN history h ON h.MANDT = o.MANDT AND h.OBJNR = o.OBJNR
