/* ---
canonical: movement
key: [MANDT, MBLNR, MJAHR]
reads:
  MSEG: [MANDT, MBLNR, MJAHR]
  MKPF: >-
    SELECT MANDT, MBLNR, MJAHR FROM changed.MKPF
    UNION
    SELECT m.MANDT, m.MBLNR, m.MJAHR FROM raw.MSEG m SEMI JOIN changed.MKPF c ON c.MANDT = m.MANDT AND c.MBLNR = m.SMBLN AND c.MJAHR = m.SJAHR
asked: {order_no: MSEG.AUFNR, batch: [MSEG.CHARG, MSEG.UMCHA], delivery: MSEG.VBELN_IM}
continues: movement_lines.sql
--- */
WITH document AS (
    SELECT m.*,
           h.CPUDT, h.CPUTM, h.BUDAT, h.USNAM,
           -- A cancelling document quotes no event itself: it takes back the one it reverses.
           coalesce(h.XBLNR, original.XBLNR) AS event,
           -- MSEG does not say of a line that another one takes it back.
           CAST(NULL AS BOOLEAN) AS reversed,
           nullif(concat_ws('; ', h.problems, CASE WHEN h.MBLNR IS NULL THEN 'no MKPF row' END), '') AS head_problems,
           coalesce(h.ambiguous, false) AS head_ambiguous
    FROM raw.MSEG m
    LEFT JOIN raw.MKPF h USING (MANDT, MBLNR, MJAHR)
    LEFT JOIN raw.MKPF original ON m.SMBLN IS NOT NULL AND original.MANDT = m.MANDT AND original.MBLNR = m.SMBLN AND original.MJAHR = m.SJAHR
),
