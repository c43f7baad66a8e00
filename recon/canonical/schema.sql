-- The canonical tables: one shape for every system, the single source of truth about names, types and meaning.
--
-- Each table exists in the schemas sap, mes, qms and wms. PRIMARY KEY is the logical key within a system and plant; several sources of one system share a schema
-- and differ in `source`. A table's comment says whether its rows are states or events and where changed_at comes from.
-- NULL means absent or unknown unless the column says otherwise. Keys are normalised by the packs: order, material and lot numbers that are
-- purely numeric carry no leading zeros; batches are kept as typed.
--
-- Every table also has, added by the mapping and not repeated below:
--   system      VARCHAR    SAP instance and client that the row belongs to, such as P01/100
--   source      VARCHAR    name of the source in recon.toml
--   plant       VARCHAR    SAP plant; '*' where the thing has none
--   changed_at  TIMESTAMP  UTC; when the row last changed or the event was recorded
--   row_ref     VARCHAR    where it was read: raw table, digest of the raw part, row in it
--   problems    VARCHAR    values of the row that did not fit their declared form; NULL: none
--   ambiguous   BOOLEAN    another row has the same logical key and says something else

CREATE TABLE material (
    material        VARCHAR,
    text            VARCHAR,
    base_unit       VARCHAR,
    material_type   VARCHAR,
    batch_managed   BOOLEAN,
    deletion_flag   BOOLEAN,
    PRIMARY KEY (material)
);
COMMENT ON TABLE material IS 'state; changed_at: last change of the master record';
COMMENT ON COLUMN material.text IS 'description in the reporting language, for people';
COMMENT ON COLUMN material.base_unit IS 'unit in which stock is kept';
COMMENT ON COLUMN material.material_type IS 'SAP material type, such as ROH, HALB, FERT';

CREATE TABLE unit_conversion (
    material        VARCHAR,
    unit            VARCHAR,
    base_unit       VARCHAR,
    factor          DECIMAL(20, 12),
    PRIMARY KEY (material, unit)
);
COMMENT ON TABLE unit_conversion IS 'state; one row for every unit in which the material may be counted, its base unit included; changed_at: as the material';
COMMENT ON COLUMN unit_conversion.factor IS 'quantity in `unit` times factor = quantity in base_unit; the material''s own conversion wins over the physical one; NULL: stated, and not usable';

CREATE TABLE price (
    material        VARCHAR,
    price           DECIMAL(18, 6),
    PRIMARY KEY (material)
);
COMMENT ON TABLE price IS 'state; changed_at: as of the source';
COMMENT ON COLUMN price.price IS 'standard price of one base unit, in the currency of the plant; NULL: not valuated';

CREATE TABLE work_order (
    order_no                 VARCHAR,
    order_type               VARCHAR,
    material                 VARCHAR,
    batch                    VARCHAR,
    planned_quantity         DECIMAL(18, 6),
    unit                     VARCHAR,
    produced_quantity        DECIMAL(18, 6),
    under_delivery_tolerance DECIMAL(18, 6),
    scheduled_start          TIMESTAMP,
    released_at              TIMESTAMP,
    started_at               TIMESTAMP,
    completed_at             TIMESTAMP,
    finally_confirmed        BOOLEAN,
    delivery_completed       BOOLEAN,
    technically_complete     BOOLEAN,
    closed                   BOOLEAN,
    cancelled                BOOLEAN,
    PRIMARY KEY (order_no)
);
COMMENT ON TABLE work_order IS 'state; changed_at: newest change of header or status';
COMMENT ON COLUMN work_order.batch IS 'planned output batch; the batch finally produced may differ';
COMMENT ON COLUMN work_order.produced_quantity IS 'received (SAP) or reported (MES) so far, in `unit`';
COMMENT ON COLUMN work_order.under_delivery_tolerance IS 'percent of planned_quantity that may be missing from a complete delivery';
COMMENT ON COLUMN work_order.released_at IS 'UTC; when it was first released, from the status history or the actual release date, never from an active status; NULL: never';
COMMENT ON COLUMN work_order.started_at IS 'UTC; first execution event; NULL: not started, or not kept by this system';
COMMENT ON COLUMN work_order.completed_at IS 'UTC; execution ended; NULL: still open, or not kept by this system';
COMMENT ON COLUMN work_order.finally_confirmed IS 'SAP: status CNF (I0009) is active';
COMMENT ON COLUMN work_order.delivery_completed IS 'SAP: status DLV (I0012) is active, or ELIKZ is set';
COMMENT ON COLUMN work_order.cancelled IS 'deletion flag (SAP) or cancelled (MES)';

CREATE TABLE movement (
    movement_id      VARCHAR,
    kind             VARCHAR,
    movement_type    VARCHAR,
    order_no         VARCHAR,
    material         VARCHAR,
    batch            VARCHAR,
    storage_location VARCHAR,
    quantity         DECIMAL(18, 6),
    unit             VARCHAR,
    reference        VARCHAR,
    reverses         VARCHAR,
    occurred_at      TIMESTAMP,
    PRIMARY KEY (movement_id)
);
COMMENT ON TABLE movement IS 'event; changed_at: when it was entered (SAP CPUDT and CPUTM, MES recorded_at)';
COMMENT ON COLUMN movement.kind IS 'consumption (issue to an order), output (receipt from an order), receipt (from outside), transfer, delivery, scrap, other';
COMMENT ON COLUMN movement.quantity IS 'positive in the sense of its kind, negative where it takes back; a transfer is one row, positive';
COMMENT ON COLUMN movement.unit IS 'unit of quantity; SAP: base unit, MES: as reported';
COMMENT ON COLUMN movement.reference IS 'identifier of the event that caused it: the MES event id, carried by SAP in the document''s reference; NULL: entered by hand';
COMMENT ON COLUMN movement.reverses IS 'movement_id of the movement taken back, where the system keeps it';
COMMENT ON COLUMN movement.occurred_at IS 'UTC; when it happened (MES), or start of the posting day (SAP)';

CREATE TABLE confirmation (
    confirmation   VARCHAR,
    order_no       VARCHAR,
    operation_no   VARCHAR,
    yield_quantity DECIMAL(18, 6),
    scrap_quantity DECIMAL(18, 6),
    unit           VARCHAR,
    final          BOOLEAN,
    cancelled      BOOLEAN,
    reference      VARCHAR,
    PRIMARY KEY (confirmation)
);
COMMENT ON TABLE confirmation IS 'event; changed_at: when it was entered';
COMMENT ON COLUMN confirmation.cancelled IS 'this row was cancelled by another, or is the row that cancels';

CREATE TABLE batch (
    material       VARCHAR,
    batch          VARCHAR,
    produced_on    DATE,
    expires_on     DATE,
    restricted     BOOLEAN,
    PRIMARY KEY (material, batch)
);
COMMENT ON TABLE batch IS 'state; changed_at: last change of the batch record';

CREATE TABLE stock (
    material         VARCHAR,
    batch            VARCHAR,
    storage_location VARCHAR,
    stock_type       VARCHAR,
    special_stock    VARCHAR,
    quantity         DECIMAL(18, 6),
    unit             VARCHAR,
    PRIMARY KEY (material, batch, storage_location, stock_type, special_stock)
);
COMMENT ON TABLE stock IS 'state, zero quantities left out; changed_at: entry time of the last movement of the batch at the storage location, the last change of the stock record, or 1900, where none is within the history';
COMMENT ON COLUMN stock.stock_type IS '01 unrestricted, 02 inspection, 03 returns, 04 and 05 transfer, 06 transit, 07 blocked, 08 restricted-use';
COMMENT ON COLUMN stock.special_stock IS 'SAP special stock indicator; NULL: own stock';

CREATE TABLE hold (
    hold_id   VARCHAR,
    material  VARCHAR,
    batch     VARCHAR,
    scope     VARCHAR,
    reason    VARCHAR,
    owner     VARCHAR,
    opened_at TIMESTAMP,
    closed_at TIMESTAMP,
    PRIMARY KEY (hold_id)
);
COMMENT ON TABLE hold IS 'state; changed_at: last change of the hold';
COMMENT ON COLUMN hold.scope IS 'batch (the whole of it), container, serial, quantity or location';
COMMENT ON COLUMN hold.closed_at IS 'UTC; NULL, or later than the cut: the hold is open';

CREATE TABLE disposition (
    disposition_id VARCHAR,
    material       VARCHAR,
    batch          VARCHAR,
    lot            VARCHAR,
    decision       VARCHAR,
    decided_by     VARCHAR,
    decided_at     TIMESTAMP,
    PRIMARY KEY (disposition_id)
);
COMMENT ON TABLE disposition IS 'event; the newest of a batch is in force; changed_at: when it was recorded';
COMMENT ON COLUMN disposition.decision IS 'accepted, conditional or rejected';

CREATE TABLE inspection_lot (
    lot                     VARCHAR,
    material                VARCHAR,
    batch                   VARCHAR,
    order_no                VARCHAR,
    quantity                DECIMAL(18, 6),
    unit                    VARCHAR,
    decision                VARCHAR,
    decided_at              TIMESTAMP,
    stock_posting_completed BOOLEAN,
    cancelled               BOOLEAN,
    PRIMARY KEY (lot)
);
COMMENT ON TABLE inspection_lot IS 'state; changed_at: newest of creation and usage decision';
COMMENT ON COLUMN inspection_lot.decision IS 'accepted or rejected, by the valuation of the usage decision; NULL: none yet';

CREATE TABLE genealogy_link (
    order_no        VARCHAR,
    output_material VARCHAR,
    output_batch    VARCHAR,
    input_material  VARCHAR,
    input_batch     VARCHAR,
    PRIMARY KEY (order_no, output_material, output_batch, input_material, input_batch)
);
COMMENT ON TABLE genealogy_link IS 'state: order and batch grain, net of reversals; changed_at: newest movement on either end';
