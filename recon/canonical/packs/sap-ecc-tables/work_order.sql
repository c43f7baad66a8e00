/* ---
canonical: work_order
key: [MANDT, AUFNR]
reads:
  AUFK: [MANDT, AUFNR]
  AFKO: [MANDT, AUFNR]
  AFPO: [MANDT, AUFNR]
  JEST: SELECT a.MANDT, a.AUFNR FROM raw.AUFK a SEMI JOIN changed.JEST c ON c.MANDT = a.MANDT AND c.OBJNR = a.OBJNR
  JCDS: SELECT a.MANDT, a.AUFNR FROM raw.AUFK a SEMI JOIN changed.JCDS c ON c.MANDT = a.MANDT AND c.OBJNR = a.OBJNR
asked: {order_no: AUFNR}
--- */
-- Statuses by their I-codes: the short texts depend on the language, and the E-codes on the site's status profile.
WITH named(STAT, word) AS (
    VALUES ('I0001', 'CRTD'), ('I0002', 'REL'), ('I0042', 'PREL'), ('I0010', 'PCNF'), ('I0009', 'CNF'), ('I0074', 'PDLV'), ('I0012', 'DLV'), ('I0045', 'TECO'),
           ('I0046', 'CLSD'), ('I0043', 'LKD'), ('I0076', 'DLFL'), ('I0013', 'DLT')
),
status AS (
    -- A status counts while INACT is blank; its row stays when it is withdrawn.
    SELECT MANDT,
           OBJNR,
           bool_or(STAT IN ('I0002', 'I0042', 'I0045')) AS was_released,
           bool_or(STAT = 'I0009') AS confirmed,
           bool_or(STAT = 'I0012') AS delivered,
           bool_or(STAT = 'I0045') AS technically_complete,
           bool_or(STAT = 'I0046') AS closed,
           bool_or(STAT = 'I0043') AS locked,
           bool_or(STAT IN ('I0076', 'I0013')) AS deleted,
           string_agg(word, ' ' ORDER BY STAT) FILTER (WHERE INACT IS NULL) AS words,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM raw.JEST SEMI JOIN raw.AUFK USING (MANDT, OBJNR)
    LEFT JOIN named USING (STAT)
    WHERE INACT IS NULL OR ambiguous OR problems IS NOT NULL
    GROUP BY MANDT, OBJNR
),
history AS (
    SELECT MANDT,
           OBJNR,
           -- REL disappears when TECO is set, so the release is read from the history.
           min(utc(UDATE, UTIME)) FILTER (WHERE STAT IN ('I0002', 'I0042') AND INACT IS NULL) AS released_at,
           max(utc(UDATE, UTIME)) FILTER (WHERE STAT = 'I0009' AND INACT IS NULL) AS confirmed_at,
           max(utc(UDATE, UTIME)) FILTER (WHERE STAT = 'I0012' AND INACT IS NULL) AS delivered_at,
           max(utc(UDATE, UTIME)) FILTER (WHERE STAT = 'I0045' AND INACT IS NULL) AS technically_complete_at,
           max(utc(UDATE, UTIME)) FILTER (WHERE STAT = 'I0046' AND INACT IS NULL) AS closed_at,
           max(utc(UDATE, UTIME)) FILTER (WHERE STAT = 'I0043' AND INACT IS NULL) AS locked_at,
           max(utc(UDATE, UTIME)) FILTER (WHERE STAT IN ('I0076', 'I0013') AND INACT IS NULL) AS deleted_at,
           max(utc(UDATE, UTIME)) AS changed_at,
           string_agg(problems, '; ' ORDER BY problems) AS problems,
           bool_or(ambiguous) AS ambiguous
    FROM raw.JCDS SEMI JOIN raw.AUFK USING (MANDT, OBJNR)
    GROUP BY MANDT, OBJNR
),
item AS (
    -- The first item is the order's own product; further ones are co-products.
    SELECT p.MANDT,
           p.AUFNR,
           p.MATNR AS material,
           p.CHARG AS batch,
           p.PSMNG AS planned_quantity,
           p.WEMNG AS produced_quantity,
           p.AMEIN AS unit,
           p.UNTTO AS under_delivery_tolerance,
           p.UEBTO AS over_delivery_tolerance,
           -- A mark in a column that an extract may lack: where there is none, nobody knows.
           CASE WHEN p.UEBTK IS NOT NULL THEN true END AS unlimited_over_delivery,
           p.VERID AS production_version,
           p.SERNP AS serial_profile,
           every.delivery_completed,
           every.problems,
           every.ambiguous
    FROM raw.AFPO p
    JOIN (
        SELECT MANDT,
               AUFNR,
               min(POSNR) AS POSNR,
               bool_and(ELIKZ IS NOT NULL) AS delivery_completed,
               string_agg(problems, '; ' ORDER BY problems) AS problems,
               bool_or(ambiguous) AS ambiguous
        FROM raw.AFPO
        GROUP BY MANDT, AUFNR
    ) every USING (MANDT, AUFNR, POSNR)
)
SELECT a.MANDT,
       a.AUFNR,
       a.WERKS AS plant,
       greatest(h.changed_at, utc(a.AEDAT, NULL), utc(a.ERDAT, NULL)) AS changed_at,
       a.row_ref,
       nullif(concat_ws('; ', a.problems, k.problems, i.problems, s.problems, h.problems, CASE WHEN k.AUFNR IS NULL THEN 'no AFKO row' END,
                        CASE WHEN i.AUFNR IS NULL THEN 'no AFPO row' END,
                        CASE WHEN s.was_released AND h.released_at IS NULL AND k.FTRMI IS NULL THEN 'released, and nothing says when' END), '') AS problems,
       a.ambiguous OR coalesce(k.ambiguous, false) OR coalesce(i.ambiguous, false) OR coalesce(s.ambiguous, false)
           OR coalesce(h.ambiguous, false) AS ambiguous,
       a.AUFNR AS order_no,
       a.AUART AS order_type,
       i.material,
       i.batch,
       coalesce(i.planned_quantity, k.GAMNG) AS planned_quantity,
       coalesce(i.unit, k.GMEIN) AS unit,
       i.produced_quantity,
       i.under_delivery_tolerance,
       utc(k.GSTRS, NULL) AS scheduled_start,
       coalesce(h.released_at, utc(k.FTRMI, NULL)) AS released_at,
       coalesce(s.confirmed, false) AS finally_confirmed,
       coalesce(s.delivered, false) OR coalesce(i.delivery_completed, false) AS delivery_completed,
       coalesce(s.technically_complete, false) AS technically_complete,
       coalesce(s.closed, false) AS closed,
       coalesce(s.deleted, false) OR a.LOEKZ IS NOT NULL AS cancelled,
       s.words AS status,
       utc(k.GLTRS, NULL) AS scheduled_end,
       i.production_version,
       k.STLNR AS bom,
       k.STLAL AS bom_alternative,
       k.PLNNR AS routing,
       k.PLNAL AS routing_alternative,
       k.AENNR AS revision,
       i.serial_profile,
       i.over_delivery_tolerance,
       i.unlimited_over_delivery,
       k.IGMNG AS yield_quantity,
       k.IASMG AS scrap_quantity,
       k.RMNGA AS rework_quantity,
       h.confirmed_at,
       h.delivered_at,
       CASE WHEN s.technically_complete THEN h.technically_complete_at END AS technically_complete_at,
       CASE WHEN s.closed THEN h.closed_at END AS closed_at,
       coalesce(s.locked, false) AS locked,
       CASE WHEN s.locked THEN h.locked_at END AS locked_at,
       coalesce(s.deleted, false) OR a.LOEKZ IS NOT NULL AS deletion_flag,
       CASE WHEN s.deleted THEN h.deleted_at END AS cancelled_at
FROM raw.AUFK a
LEFT JOIN raw.AFKO k USING (MANDT, AUFNR)
LEFT JOIN item i USING (MANDT, AUFNR)
LEFT JOIN status s USING (MANDT, OBJNR)
LEFT JOIN history h USING (MANDT, OBJNR)
