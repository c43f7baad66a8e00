/* ---
canonical: movement
key: [MANDT, MBLNR, MJAHR]
reads:
  MATDOC: [MANDT, MBLNR, MJAHR]
asked: {order_no: MATDOC.AUFNR, batch: [MATDOC.CHARG, MATDOC.UMCHA], delivery: MATDOC.VBELN_IM}
continues: movement_lines.sql
--- */
-- MATDOC has header and line in one row. Its MENGE goes with SHKZG as in MSEG; STOCK_QTY and CONSUMPTION_QTY are signed, and of no use beside it.
-- Rows of another record type than MDOC sum up documents that were archived or migrated [M]: they are stock, and no movement. A cancelling document has the
-- reference that its own header quotes.
WITH document AS (
    SELECT *,
           XBLNR AS event,
           CANCELLED IS NOT NULL AS reversed,
           CAST(NULL AS VARCHAR) AS head_problems,
           false AS head_ambiguous
    FROM raw.MATDOC
    WHERE RECORD_TYPE IS NULL OR RECORD_TYPE = 'MDOC'
),
