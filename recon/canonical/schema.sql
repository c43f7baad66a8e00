-- The canonical tables: one shape for every system, the single source of truth about names, types and meaning.
--
-- Each table exists in the schemas sap, mes, qms and wms. PRIMARY KEY is the logical key within a system and plant; several sources of one system share a schema
-- and differ in `source`. A table's comment says whether its rows are states or events and where changed_at comes from.
-- NULL means absent or unknown unless the column says otherwise, a flag's NULL that the system does not keep it. A part of a key that is NULL is one that the
-- system does not have. Keys are normalised by the packs: order, material and lot numbers that are purely numeric carry no leading zeros; batches are kept as
-- typed. Moments (TIMESTAMP) are UTC, days (DATE) are the plant's. A mapping may leave out columns that its system does not have: they are NULL.
--
-- Every table also has, added by the mapping and not repeated below:
--   system      VARCHAR    SAP instance and client that the row belongs to, such as P01/100
--   source      VARCHAR    name of the source in recon.toml
--   plant       VARCHAR    SAP plant; '*' where the thing has none
--   changed_at  TIMESTAMP  UTC; when the row last changed or the event was recorded
--   row_ref     VARCHAR    where it was read: raw table, digest of the raw part, row in it
--   problems    VARCHAR    values of the row that did not fit their declared form; NULL: none
--   ambiguous   BOOLEAN    another row has the same logical key and says something else
--
-- These names mean the same in every table and have a comment only where a table says more:
--   material            material number as SAP has it (key domain: MARA-MATNR); a batch is always material and batch
--   batch               batch as typed, leading zeros kept; NULL: not kept in batches
--   order_no            production or process order (AUFK-AUFNR); NULL: none
--   operation_no        operation of the routing or order (VORNR), as typed
--   sequence_no         parallel or alternative sequence of operations (PLNFL); NULL: the standard sequence
--   lot                 SAP inspection lot (QALS-PRUEFLOS)
--   quantity            amount in `unit`
--   unit                SAP's internal unit of measure, or an ISO code of one
--   storage_location    SAP storage location (LGORT)
--   bin                 storage bin of the warehouse
--   handling_unit       handling unit or container, purely numeric ones without leading zeros
--   serial_no           serial number, unique with its material
--   resource            work centre, line or machine as its own system names it; crosswalks join the names
--   equipment           machine, vessel or instrument that is calibrated, cleaned or qualified
--   characteristic      inspection or batch characteristic
--   delivery            delivery (LIKP-VBELN)
--   customer            sold-to or ship-to partner
--   supplier            vendor
--   case_no             nonconformance, deviation or investigation it belongs to
--   text                description, for people
--   owner               who has to act, for people
--   deletion_flag       marked for deletion
--   valid_from          first day on which it holds; NULL: always did
--   valid_to            last day on which it holds; NULL: open

CREATE TABLE material (
    material            VARCHAR,
    text                VARCHAR,
    base_unit           VARCHAR,
    material_type       VARCHAR,
    batch_managed       BOOLEAN,
    deletion_flag       BOOLEAN,
    material_group      VARCHAR,
    status              VARCHAR,
    serial_profile      VARCHAR,
    inspection_relevant BOOLEAN,
    PRIMARY KEY (material)
);
COMMENT ON TABLE material IS 'state; changed_at: last change of the master record';
COMMENT ON COLUMN material.text IS 'description in the reporting language, for people';
COMMENT ON COLUMN material.base_unit IS 'unit in which stock is kept';
COMMENT ON COLUMN material.material_type IS 'SAP material type, such as ROH, HALB, FERT';
COMMENT ON COLUMN material.batch_managed IS 'stock is kept in batches (XCHPF)';
COMMENT ON COLUMN material.deletion_flag IS 'marked for deletion, for all plants or for this one';
COMMENT ON COLUMN material.material_group IS 'SAP material group (MATKL); parameters of rules are joined by it';
COMMENT ON COLUMN material.status IS 'status that restricts its use (MMSTA, or the system''s own word); NULL: unrestricted';
COMMENT ON COLUMN material.serial_profile IS 'serial number profile (SERNP); NULL: not serial-managed';
COMMENT ON COLUMN material.inspection_relevant IS 'an inspection type is active for it at the plant, so its stock moves through inspection lots';

CREATE TABLE unit_conversion (
    material        VARCHAR,
    unit            VARCHAR,
    base_unit       VARCHAR,
    factor          DECIMAL(20, 12),
    nominal         BOOLEAN,
    PRIMARY KEY (material, unit)
);
COMMENT ON TABLE unit_conversion IS 'state; one row for every unit in which the material may be counted, its base unit included; changed_at: as the material';
COMMENT ON COLUMN unit_conversion.factor IS 'quantity in `unit` times factor = quantity in base_unit; the material''s own conversion wins over the physical one; NULL: stated, and not usable';
COMMENT ON COLUMN unit_conversion.nominal IS 'factor is an average from which pieces or batches deviate (catch weight, MARM-KZWSO); false: fixed; NULL: from counted to measured, and nobody says which';
COMMENT ON COLUMN unit_conversion.unit IS 'unit in which the material may be counted';
COMMENT ON COLUMN unit_conversion.base_unit IS 'unit in which stock is kept';

CREATE TABLE price (
    material VARCHAR,
    price    DECIMAL(18, 6),
    currency VARCHAR,
    PRIMARY KEY (material)
);
COMMENT ON TABLE price IS 'state; changed_at: as of the source';
COMMENT ON COLUMN price.price IS 'standard price of one base unit, in the currency of the plant; NULL: not valuated';
COMMENT ON COLUMN price.currency IS 'currency of the plant''s company code';

CREATE TABLE bom_item (
    material          VARCHAR,
    bom               VARCHAR,
    bom_usage         VARCHAR,
    alternative       VARCHAR,
    revision          VARCHAR,
    item              VARCHAR,
    item_no           VARCHAR,
    component         VARCHAR,
    operation_no      VARCHAR,
    quantity          DECIMAL(18, 6),
    unit              VARCHAR,
    base_quantity     DECIMAL(18, 6),
    base_unit         VARCHAR,
    fixed_quantity    BOOLEAN,
    component_scrap   DECIMAL(18, 6),
    operation_scrap   DECIMAL(18, 6),
    phantom           BOOLEAN,
    bulk              BOOLEAN,
    backflush         BOOLEAN,
    by_product        BOOLEAN,
    alternative_group VARCHAR,
    alternative_rank  DECIMAL(18, 6),
    valid_from        DATE,
    valid_to          DATE,
    deletion_flag     BOOLEAN,
    PRIMARY KEY (material, bom_usage, alternative, revision, item)
);
COMMENT ON TABLE bom_item IS 'state; one row an item of a BOM alternative and validity; changed_at: last change of the BOM';
COMMENT ON COLUMN bom_item.material IS 'what is made; key domain as everywhere';
COMMENT ON COLUMN bom_item.bom IS 'BOM number (STLNR)';
COMMENT ON COLUMN bom_item.bom_usage IS 'usage (STLAN): 1 production; NULL: the only one';
COMMENT ON COLUMN bom_item.alternative IS 'alternative (STLAL)';
COMMENT ON COLUMN bom_item.revision IS 'change number (AENNR) or revision level that brought the item in this form; MES: revision it holds';
COMMENT ON COLUMN bom_item.item IS 'what tells items apart for good: item node and counter (STLKN/STPOZ), or the MES''s line';
COMMENT ON COLUMN bom_item.item_no IS 'item number as printed (POSNR)';
COMMENT ON COLUMN bom_item.component IS 'material that goes in';
COMMENT ON COLUMN bom_item.operation_no IS 'operation that it is assigned to; NULL: the first';
COMMENT ON COLUMN bom_item.quantity IS 'of the component, in `unit`, for base_quantity of the product; negative: it comes out (by-product)';
COMMENT ON COLUMN bom_item.base_quantity IS 'of the product, in base_unit, that the item''s quantity is for';
COMMENT ON COLUMN bom_item.base_unit IS 'unit of base_quantity';
COMMENT ON COLUMN bom_item.fixed_quantity IS 'the quantity does not grow with the order''s';
COMMENT ON COLUMN bom_item.component_scrap IS 'percent of component scrap (AUSCH)';
COMMENT ON COLUMN bom_item.operation_scrap IS 'percent of operation scrap (AVOAU)';
COMMENT ON COLUMN bom_item.phantom IS 'dissolved into its own components, never issued (DUMPS)';
COMMENT ON COLUMN bom_item.bulk IS 'bulk material, never issued to an order (SCHGT)';
COMMENT ON COLUMN bom_item.backflush IS 'issued by the confirmation (RGEKZ)';
COMMENT ON COLUMN bom_item.by_product IS 'by- or co-product: comes out';
COMMENT ON COLUMN bom_item.alternative_group IS 'items of one group replace each other: approved substitutes (ALPGR)';
COMMENT ON COLUMN bom_item.alternative_rank IS 'rank within the group, 1 first (ALPRF)';

CREATE TABLE routing_operation (
    material            VARCHAR,
    routing             VARCHAR,
    routing_alternative VARCHAR,
    revision            VARCHAR,
    sequence_no         VARCHAR,
    operation_no        VARCHAR,
    text                VARCHAR,
    resource            VARCHAR,
    control_key         VARCHAR,
    base_quantity       DECIMAL(18, 6),
    unit                VARCHAR,
    milestone           BOOLEAN,
    confirmed_by_mes    BOOLEAN,
    mes_only            BOOLEAN,
    operation_scrap     DECIMAL(18, 6),
    valid_from          DATE,
    valid_to            DATE,
    deletion_flag       BOOLEAN,
    PRIMARY KEY (material, routing, routing_alternative, revision, sequence_no, operation_no)
);
COMMENT ON TABLE routing_operation IS 'state; one row an operation of a routing or master recipe; changed_at: last change of the routing';
COMMENT ON COLUMN routing_operation.routing IS 'task list group (PLNNR), or the MES''s route';
COMMENT ON COLUMN routing_operation.routing_alternative IS 'group counter (PLNAL)';
COMMENT ON COLUMN routing_operation.revision IS 'change number or revision level; NULL: none kept';
COMMENT ON COLUMN routing_operation.control_key IS 'what may be done with the operation (STEUS)';
COMMENT ON COLUMN routing_operation.base_quantity IS 'quantity that the standard values are for, in `unit`';
COMMENT ON COLUMN routing_operation.milestone IS 'its confirmation confirms the operations before it and backflushes their components';
COMMENT ON COLUMN routing_operation.confirmed_by_mes IS 'the MES is expected to confirm it; NULL: not kept';
COMMENT ON COLUMN routing_operation.mes_only IS 'a step that exists in the MES alone';
COMMENT ON COLUMN routing_operation.operation_scrap IS 'percent of the quantity lost in it';

CREATE TABLE resource (
    resource      VARCHAR,
    text          VARCHAR,
    kind          VARCHAR,
    parent        VARCHAR,
    locked        BOOLEAN,
    valid_from    DATE,
    valid_to      DATE,
    deletion_flag BOOLEAN,
    PRIMARY KEY (resource)
);
COMMENT ON TABLE resource IS 'state; changed_at: last change of the master record';
COMMENT ON COLUMN resource.kind IS 'the system''s own category, such as machine, line, labour';
COMMENT ON COLUMN resource.parent IS 'resource that it belongs to; NULL: none';
COMMENT ON COLUMN resource.locked IS 'may not be used';

CREATE TABLE characteristic (
    material            VARCHAR,
    lot                 VARCHAR,
    inspection_plan     VARCHAR,
    plan_alternative    VARCHAR,
    revision            VARCHAR,
    operation_no        VARCHAR,
    characteristic      VARCHAR,
    item_no             VARCHAR,
    text                VARCHAR,
    kind                VARCHAR,
    unit                VARCHAR,
    decimals            INTEGER,
    target              DECIMAL(18, 6),
    lower_limit         DECIMAL(18, 6),
    upper_limit         DECIMAL(18, 6),
    lower_control_limit DECIMAL(18, 6),
    upper_control_limit DECIMAL(18, 6),
    sample_size         DECIMAL(18, 6),
    sampling_procedure  VARCHAR,
    code_set            VARCHAR,
    required            BOOLEAN,
    long_term           BOOLEAN,
    transferred         BOOLEAN,
    valid_from          DATE,
    valid_to            DATE,
    PRIMARY KEY (material, lot, inspection_plan, plan_alternative, revision, operation_no, item_no, characteristic)
);
COMMENT ON TABLE characteristic IS 'state; inspection characteristics of a plan (lot is NULL), and as copied to one lot with the sample size calculated for it; changed_at: last change of the plan, or creation of the lot';
COMMENT ON COLUMN characteristic.lot IS 'inspection lot that it was copied to; NULL: it is the plan''s';
COMMENT ON COLUMN characteristic.inspection_plan IS 'task list group (PLNNR), or test specification';
COMMENT ON COLUMN characteristic.plan_alternative IS 'group counter (PLNAL)';
COMMENT ON COLUMN characteristic.revision IS 'version of the plan or specification';
COMMENT ON COLUMN characteristic.characteristic IS 'master characteristic (VERWMERKM), or the name that crosswalks know it by';
COMMENT ON COLUMN characteristic.item_no IS 'number within the operation (MERKNR)';
COMMENT ON COLUMN characteristic.kind IS 'quantitative or qualitative';
COMMENT ON COLUMN characteristic.unit IS 'unit of its limits and values; NULL: none';
COMMENT ON COLUMN characteristic.decimals IS 'places that values are rounded to';
COMMENT ON COLUMN characteristic.target IS 'target value';
COMMENT ON COLUMN characteristic.lower_limit IS 'lower specification limit; NULL: open below';
COMMENT ON COLUMN characteristic.upper_limit IS 'upper specification limit; NULL: open above';
COMMENT ON COLUMN characteristic.lower_control_limit IS 'lower control limit of SPC: no specification';
COMMENT ON COLUMN characteristic.upper_control_limit IS 'upper control limit of SPC: no specification';
COMMENT ON COLUMN characteristic.sample_size IS 'number of values due; of a lot: as calculated for it';
COMMENT ON COLUMN characteristic.sampling_procedure IS 'how sample_size is found';
COMMENT ON COLUMN characteristic.code_set IS 'code group or selected set of a qualitative characteristic';
COMMENT ON COLUMN characteristic.required IS 'must be recorded before the decision';
COMMENT ON COLUMN characteristic.long_term IS 'stays open after the decision, by design';
COMMENT ON COLUMN characteristic.transferred IS 'its results are meant to be in SAP QM too; NULL: the parameter of the rule decides';

CREATE TABLE production_version (
    material            VARCHAR,
    production_version  VARCHAR,
    text                VARCHAR,
    bom_usage           VARCHAR,
    bom_alternative     VARCHAR,
    routing             VARCHAR,
    routing_alternative VARCHAR,
    recipe              VARCHAR,
    recipe_version      VARCHAR,
    approved            BOOLEAN,
    approved_at         TIMESTAMP,
    locked              BOOLEAN,
    valid_from          DATE,
    valid_to            DATE,
    deletion_flag       BOOLEAN,
    PRIMARY KEY (material, production_version, recipe, recipe_version)
);
COMMENT ON TABLE production_version IS 'state; changed_at: last change of the version';
COMMENT ON COLUMN production_version.production_version IS 'SAP production version (VERID)';
COMMENT ON COLUMN production_version.bom_usage IS 'usage of the BOM (STLAN)';
COMMENT ON COLUMN production_version.bom_alternative IS 'alternative of the BOM (STLAL)';
COMMENT ON COLUMN production_version.routing IS 'task list or recipe group (PLNNR)';
COMMENT ON COLUMN production_version.routing_alternative IS 'group counter (PLNAL)';
COMMENT ON COLUMN production_version.recipe IS 'MES: recipe or master batch record made for it';
COMMENT ON COLUMN production_version.recipe_version IS 'MES: version of the recipe';
COMMENT ON COLUMN production_version.approved IS 'MES: this version of the recipe is approved for the production version';
COMMENT ON COLUMN production_version.approved_at IS 'UTC; when it was approved';
COMMENT ON COLUMN production_version.locked IS 'SAP: locked for use (MKSP)';

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
    status                   VARCHAR,
    scheduled_end            TIMESTAMP,
    resource                 VARCHAR,
    production_version       VARCHAR,
    bom                      VARCHAR,
    bom_alternative          VARCHAR,
    routing                  VARCHAR,
    routing_alternative      VARCHAR,
    revision                 VARCHAR,
    recipe                   VARCHAR,
    recipe_version           VARCHAR,
    serial_profile           VARCHAR,
    inspection_requirement   VARCHAR,
    over_delivery_tolerance  DECIMAL(18, 6),
    unlimited_over_delivery  BOOLEAN,
    yield_quantity           DECIMAL(18, 6),
    scrap_quantity           DECIMAL(18, 6),
    rework_quantity          DECIMAL(18, 6),
    confirmed_at             TIMESTAMP,
    delivered_at             TIMESTAMP,
    technically_complete_at  TIMESTAMP,
    closed_at                TIMESTAMP,
    locked                   BOOLEAN,
    locked_at                TIMESTAMP,
    deletion_flag            BOOLEAN,
    cancelled_at             TIMESTAMP,
    local                    BOOLEAN,
    rework                   BOOLEAN,
    case_no                  VARCHAR,
    settled                  BOOLEAN,
    open_containers          DECIMAL(18, 6),
    unsigned_steps           DECIMAL(18, 6),
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
COMMENT ON COLUMN work_order.order_type IS 'SAP order type (AUART), or the kind that the MES gives it';
COMMENT ON COLUMN work_order.material IS 'what is made; of an order with several items the first one';
COMMENT ON COLUMN work_order.planned_quantity IS 'ordered, scrap included, in `unit`';
COMMENT ON COLUMN work_order.scheduled_start IS 'UTC; scheduled start';
COMMENT ON COLUMN work_order.technically_complete IS 'SAP: status TECO (I0045) is active';
COMMENT ON COLUMN work_order.closed IS 'SAP: status CLSD (I0046) is active; MES: complete';
COMMENT ON COLUMN work_order.status IS 'state in the system''s own word, for people; rules read the flags and moments';
COMMENT ON COLUMN work_order.scheduled_end IS 'UTC; scheduled end';
COMMENT ON COLUMN work_order.resource IS 'work centre or line that the package names for it; NULL: only its operations have one';
COMMENT ON COLUMN work_order.production_version IS 'production version (VERID) that it was made with';
COMMENT ON COLUMN work_order.bom IS 'BOM (STLNR) that its components were taken from';
COMMENT ON COLUMN work_order.bom_alternative IS 'alternative of the BOM (STLAL)';
COMMENT ON COLUMN work_order.routing IS 'task list or recipe group (PLNNR) of its operations';
COMMENT ON COLUMN work_order.routing_alternative IS 'group counter (PLNAL)';
COMMENT ON COLUMN work_order.revision IS 'change number or revision level of the BOM that it carries or, in the MES, executes';
COMMENT ON COLUMN work_order.recipe IS 'MES: recipe or master batch record executed';
COMMENT ON COLUMN work_order.recipe_version IS 'MES: its version';
COMMENT ON COLUMN work_order.serial_profile IS 'serial number profile of the order; NULL: output is not serialised';
COMMENT ON COLUMN work_order.inspection_requirement IS 'inspection type (such as 03, 04) that the order calls for; NULL: none';
COMMENT ON COLUMN work_order.over_delivery_tolerance IS 'percent of planned_quantity that may be received beyond it';
COMMENT ON COLUMN work_order.unlimited_over_delivery IS 'any quantity beyond planned_quantity may be received';
COMMENT ON COLUMN work_order.yield_quantity IS 'good quantity confirmed, in `unit`: SAP IGMNG, of the last operation';
COMMENT ON COLUMN work_order.scrap_quantity IS 'scrap confirmed, in `unit`';
COMMENT ON COLUMN work_order.rework_quantity IS 'rework confirmed, in `unit`';
COMMENT ON COLUMN work_order.confirmed_at IS 'UTC; when CNF was set for the last time; NULL: never, or not kept';
COMMENT ON COLUMN work_order.delivered_at IS 'UTC; when DLV was set for the last time; NULL: never, or not kept';
COMMENT ON COLUMN work_order.technically_complete_at IS 'UTC; when the TECO now active was set; NULL: not active, or not kept';
COMMENT ON COLUMN work_order.closed_at IS 'UTC; when the CLSD now active was set, or the MES completed it; NULL: not closed, or not kept';
COMMENT ON COLUMN work_order.locked IS 'SAP: status LKD (I0043) is active; MES: on hold';
COMMENT ON COLUMN work_order.locked_at IS 'UTC; when the lock now active was set';
COMMENT ON COLUMN work_order.deletion_flag IS 'SAP: DLFL (I0076) or DLT (I0013) is active, or LOEKZ is set: after TECO or CLSD that is archiving';
COMMENT ON COLUMN work_order.cancelled_at IS 'UTC; when the deletion flag was set or the MES cancelled it';
COMMENT ON COLUMN work_order.local IS 'MES: made here and never meant for SAP (test, trial, cleaning)';
COMMENT ON COLUMN work_order.rework IS 'it reworks output of another order';
COMMENT ON COLUMN work_order.case_no IS 'nonconformance that called for it; NULL: none';
COMMENT ON COLUMN work_order.settled IS 'SAP: fully settled, so that postings need controlling';
COMMENT ON COLUMN work_order.open_containers IS 'MES: containers or work in process still open on it; NULL: not kept';
COMMENT ON COLUMN work_order.unsigned_steps IS 'MES: steps of its batch record not signed yet; NULL: not kept';

CREATE TABLE operation (
    order_no            VARCHAR,
    sequence_no         VARCHAR,
    operation_no        VARCHAR,
    text                VARCHAR,
    resource            VARCHAR,
    control_key         VARCHAR,
    status              VARCHAR,
    planned_quantity    DECIMAL(18, 6),
    yield_quantity      DECIMAL(18, 6),
    scrap_quantity      DECIMAL(18, 6),
    rework_quantity     DECIMAL(18, 6),
    unit                VARCHAR,
    released            BOOLEAN,
    started_at          TIMESTAMP,
    completed_at        TIMESTAMP,
    partially_confirmed BOOLEAN,
    finally_confirmed   BOOLEAN,
    confirmable         BOOLEAN,
    milestone           BOOLEAN,
    mes_only            BOOLEAN,
    rework              BOOLEAN,
    inspection_required BOOLEAN,
    deletion_flag       BOOLEAN,
    PRIMARY KEY (order_no, sequence_no, operation_no)
);
COMMENT ON TABLE operation IS 'state; changed_at: newest change of the operation, its status or its confirmations';
COMMENT ON COLUMN operation.operation_no IS 'operation (VORNR); a sub-operation follows it after a slash';
COMMENT ON COLUMN operation.control_key IS 'what may be done with it (STEUS)';
COMMENT ON COLUMN operation.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN operation.planned_quantity IS 'in `unit`';
COMMENT ON COLUMN operation.yield_quantity IS 'good quantity confirmed so far, in `unit`';
COMMENT ON COLUMN operation.scrap_quantity IS 'scrap confirmed so far, in `unit`';
COMMENT ON COLUMN operation.rework_quantity IS 'rework confirmed so far, in `unit`';
COMMENT ON COLUMN operation.released IS 'may be executed';
COMMENT ON COLUMN operation.started_at IS 'UTC; first execution or earliest confirmed start; NULL: not started, or not kept';
COMMENT ON COLUMN operation.completed_at IS 'UTC; execution ended, or final confirmation; NULL: open, or not kept';
COMMENT ON COLUMN operation.partially_confirmed IS 'some of it is confirmed and not all (PCNF, I0010)';
COMMENT ON COLUMN operation.finally_confirmed IS 'confirmed (CNF, I0009), or complete in the MES';
COMMENT ON COLUMN operation.confirmable IS 'a confirmation is due or possible; NULL: not kept, and then it is';
COMMENT ON COLUMN operation.milestone IS 'its confirmation confirms the operations before it and backflushes their components';
COMMENT ON COLUMN operation.mes_only IS 'a step that exists in the MES alone';
COMMENT ON COLUMN operation.rework IS 'it reworks';
COMMENT ON COLUMN operation.inspection_required IS 'it has inspection characteristics';

CREATE TABLE component (
    order_no           VARCHAR,
    reservation        VARCHAR,
    item_no            VARCHAR,
    material           VARCHAR,
    batch              VARCHAR,
    operation_no       VARCHAR,
    sequence_no        VARCHAR,
    storage_location   VARCHAR,
    movement_type      VARCHAR,
    required_quantity  DECIMAL(18, 6),
    withdrawn_quantity DECIMAL(18, 6),
    unit               VARCHAR,
    final_issue        BOOLEAN,
    deleted            BOOLEAN,
    phantom            BOOLEAN,
    bulk               BOOLEAN,
    backflush          BOOLEAN,
    by_product         BOOLEAN,
    co_product         BOOLEAN,
    fixed_quantity     BOOLEAN,
    component_scrap    DECIMAL(18, 6),
    operation_scrap    DECIMAL(18, 6),
    movement_allowed   BOOLEAN,
    measured           BOOLEAN,
    alternative_group  VARCHAR,
    substitute_for     VARCHAR,
    bom_item_no        VARCHAR,
    special_stock      VARCHAR,
    required_on        DATE,
    PRIMARY KEY (order_no, reservation, item_no)
);
COMMENT ON TABLE component IS 'state; changed_at: newest change of the order, the reservation item or its withdrawals';
COMMENT ON COLUMN component.reservation IS 'reservation (RSNUM); NULL: the MES keeps none';
COMMENT ON COLUMN component.item_no IS 'item of the reservation (RSPOS), or line of the MES''s list';
COMMENT ON COLUMN component.material IS 'component to be consumed, or by- or co-product to come out';
COMMENT ON COLUMN component.batch IS 'batch that it is planned with; NULL: any';
COMMENT ON COLUMN component.movement_type IS 'movement type planned (261, 531)';
COMMENT ON COLUMN component.required_quantity IS 'positive, in `unit` (BDMNG)';
COMMENT ON COLUMN component.withdrawn_quantity IS 'issued so far, positive, in `unit` (ENMNG)';
COMMENT ON COLUMN component.final_issue IS 'no more is expected, whatever is missing (KZEAR)';
COMMENT ON COLUMN component.deleted IS 'taken out of the order (XLOEK)';
COMMENT ON COLUMN component.phantom IS 'dissolved into its own components, never issued (DUMPS)';
COMMENT ON COLUMN component.bulk IS 'bulk material, never issued to an order (SCHGT)';
COMMENT ON COLUMN component.backflush IS 'issued by the confirmation (RGEKZ)';
COMMENT ON COLUMN component.by_product IS 'comes out as a by-product (531)';
COMMENT ON COLUMN component.co_product IS 'comes out as a co-product (101)';
COMMENT ON COLUMN component.fixed_quantity IS 'the quantity does not grow with the order''s (FMENG)';
COMMENT ON COLUMN component.component_scrap IS 'percent of component scrap in required_quantity';
COMMENT ON COLUMN component.operation_scrap IS 'percent of operation scrap in required_quantity';
COMMENT ON COLUMN component.movement_allowed IS 'goods movements are allowed for it (XWAOK)';
COMMENT ON COLUMN component.measured IS 'MES: consumption is weighed, scanned or counted, not calculated; NULL: not kept';
COMMENT ON COLUMN component.alternative_group IS 'items of one group replace each other: approved substitutes (ALPGR)';
COMMENT ON COLUMN component.substitute_for IS 'component that it was approved to replace in this order';
COMMENT ON COLUMN component.bom_item_no IS 'BOM item it came from (POSNR)';
COMMENT ON COLUMN component.special_stock IS 'SAP special stock indicator that it is taken from; NULL: own stock';
COMMENT ON COLUMN component.required_on IS 'requirement date';

CREATE TABLE movement (
    movement_id             VARCHAR,
    kind                    VARCHAR,
    movement_type           VARCHAR,
    order_no                VARCHAR,
    material                VARCHAR,
    batch                   VARCHAR,
    storage_location        VARCHAR,
    quantity                DECIMAL(18, 6),
    unit                    VARCHAR,
    catch_quantity          DECIMAL(18, 6),
    catch_unit              VARCHAR,
    reference               VARCHAR,
    reverses                VARCHAR,
    occurred_at             TIMESTAMP,
    operation_no            VARCHAR,
    stock_type              VARCHAR,
    special_stock           VARCHAR,
    partner                 VARCHAR,
    special_stock_reference VARCHAR,
    bin                     VARCHAR,
    handling_unit           VARCHAR,
    serial_no               VARCHAR,
    reservation             VARCHAR,
    reservation_item        VARCHAR,
    target_plant            VARCHAR,
    target_material         VARCHAR,
    target_batch            VARCHAR,
    target_storage_location VARCHAR,
    target_stock_type       VARCHAR,
    delivery                VARCHAR,
    delivery_item           VARCHAR,
    customer                VARCHAR,
    supplier                VARCHAR,
    purchase_order          VARCHAR,
    lot                     VARCHAR,
    confirmation            VARCHAR,
    posting_date            DATE,
    production_date         DATE,
    entry_quantity          DECIMAL(18, 6),
    entry_unit              VARCHAR,
    reversed                BOOLEAN,
    backflush               BOOLEAN,
    purpose                 VARCHAR,
    reason                  VARCHAR,
    resource                VARCHAR,
    case_no                 VARCHAR,
    entered_by              VARCHAR,
    document                VARCHAR,
    PRIMARY KEY (movement_id)
);
COMMENT ON TABLE movement IS 'event; changed_at: when it was entered (SAP CPUDT and CPUTM, MES recorded_at)';
COMMENT ON COLUMN movement.movement_id IS 'material document, year and item (MBLNR/MJAHR/ZEILE), or the number of the event in the MES or warehouse';
COMMENT ON COLUMN movement.document IS 'number of its material document alone (MBLNR), which another year may have too; NULL: not kept';
COMMENT ON COLUMN movement.quantity IS 'positive in the sense of its kind, negative where it takes back; a transfer is one row, positive';
COMMENT ON COLUMN movement.unit IS 'unit of quantity; SAP: base unit, MES: as reported';
COMMENT ON COLUMN movement.catch_quantity IS 'what was weighed (or else measured) of what quantity counts, with the sign of quantity; NULL: not kept';
COMMENT ON COLUMN movement.catch_unit IS 'unit of catch_quantity';
COMMENT ON COLUMN movement.reference IS 'identifier of the event that caused it: the MES event id, carried by SAP in the document''s reference; NULL: entered by hand';
COMMENT ON COLUMN movement.reverses IS 'movement_id of the movement taken back, where the system keeps it';
COMMENT ON COLUMN movement.occurred_at IS 'UTC; when it happened (MES), or start of the posting day (SAP)';
COMMENT ON COLUMN movement.movement_type IS 'SAP movement type (BWART), as evidence: rules read kind';
COMMENT ON COLUMN movement.order_no IS 'order that consumed or produced it; NULL: none';
COMMENT ON COLUMN movement.kind IS 'consumption (issue to an order), output (receipt from an order), by-product (its by- or co-product), receipt (from outside), transfer, delivery, scrap, other';
COMMENT ON COLUMN movement.storage_location IS 'where it left from, or came to; of a transfer the one it left';
COMMENT ON COLUMN movement.stock_type IS 'as stock.stock_type: that it left or came to, of a transfer the one it left; NULL: not kept';
COMMENT ON COLUMN movement.special_stock IS 'SAP special stock indicator (SOBKZ); NULL: own stock';
COMMENT ON COLUMN movement.partner IS 'supplier or customer who holds or owns special stock';
COMMENT ON COLUMN movement.special_stock_reference IS 'sales order and item with a slash between, or project element, of special stock E or Q';
COMMENT ON COLUMN movement.serial_no IS 'the one serial number it moved; NULL: none, or several, which table serial has';
COMMENT ON COLUMN movement.reservation IS 'reservation (RSNUM) that it withdraws from; NULL: unplanned';
COMMENT ON COLUMN movement.reservation_item IS 'item of the reservation (RSPOS)';
COMMENT ON COLUMN movement.target_plant IS 'transfer: plant it went to; NULL: the same';
COMMENT ON COLUMN movement.target_material IS 'transfer: material it became; NULL: the same';
COMMENT ON COLUMN movement.target_batch IS 'transfer: batch it became; NULL: the same';
COMMENT ON COLUMN movement.target_storage_location IS 'transfer: storage location it went to; NULL: the same';
COMMENT ON COLUMN movement.target_stock_type IS 'transfer: stock type it went to; NULL: the same';
COMMENT ON COLUMN movement.delivery_item IS 'item of the delivery';
COMMENT ON COLUMN movement.purchase_order IS 'purchase order and item of a receipt, with a slash between';
COMMENT ON COLUMN movement.lot IS 'inspection lot that moved it or was created by it';
COMMENT ON COLUMN movement.confirmation IS 'confirmation that posted it (AFWI, AFRU)';
COMMENT ON COLUMN movement.posting_date IS 'day in whose period it is booked (BUDAT); MES: day it assigns the posting to';
COMMENT ON COLUMN movement.production_date IS 'MES: production day, whose shift may begin before midnight';
COMMENT ON COLUMN movement.entry_quantity IS 'quantity as entered, positive, in entry_unit (ERFMG)';
COMMENT ON COLUMN movement.entry_unit IS 'unit of entry_quantity (ERFME)';
COMMENT ON COLUMN movement.reversed IS 'another movement takes it back, where the system says so on this row';
COMMENT ON COLUMN movement.backflush IS 'posted by a confirmation and not by hand';
COMMENT ON COLUMN movement.purpose IS 'what makes an unusual link lawful: rework, relabel, heel or blend; NULL: none of them';
COMMENT ON COLUMN movement.reason IS 'reason code of the movement (GRUND)';
COMMENT ON COLUMN movement.resource IS 'MES: where on the line it happened';
COMMENT ON COLUMN movement.case_no IS 'deviation that allows it, such as an approved substitute';
COMMENT ON COLUMN movement.entered_by IS 'account that entered it, as evidence';

CREATE TABLE confirmation (
    confirmation    VARCHAR,
    order_no        VARCHAR,
    operation_no    VARCHAR,
    yield_quantity  DECIMAL(18, 6),
    scrap_quantity  DECIMAL(18, 6),
    unit            VARCHAR,
    final           BOOLEAN,
    cancelled       BOOLEAN,
    reference       VARCHAR,
    sequence_no     VARCHAR,
    rework_quantity DECIMAL(18, 6),
    cancels         VARCHAR,
    started_at      TIMESTAMP,
    ended_at        TIMESTAMP,
    posting_date    DATE,
    resource        VARCHAR,
    reason          VARCHAR,
    entered_by      VARCHAR,
    PRIMARY KEY (confirmation)
);
COMMENT ON TABLE confirmation IS 'event; changed_at: when it was entered';
COMMENT ON COLUMN confirmation.cancelled IS 'this row was cancelled by another, or is the row that cancels';
COMMENT ON COLUMN confirmation.confirmation IS 'confirmation and counter (RUECK/RMZHL), or the MES''s number';
COMMENT ON COLUMN confirmation.yield_quantity IS 'good quantity, in `unit`, of this confirmation alone';
COMMENT ON COLUMN confirmation.scrap_quantity IS 'scrap, in `unit`';
COMMENT ON COLUMN confirmation.unit IS 'unit of the operation';
COMMENT ON COLUMN confirmation.final IS 'it ends the operation';
COMMENT ON COLUMN confirmation.reference IS 'identifier of the MES event that caused it; NULL: entered by hand';
COMMENT ON COLUMN confirmation.rework_quantity IS 'rework, in `unit`';
COMMENT ON COLUMN confirmation.cancels IS 'confirmation that this row takes back; NULL: none';
COMMENT ON COLUMN confirmation.started_at IS 'UTC; execution began';
COMMENT ON COLUMN confirmation.ended_at IS 'UTC; execution ended';
COMMENT ON COLUMN confirmation.posting_date IS 'day in whose period it is booked (BUDAT)';
COMMENT ON COLUMN confirmation.reason IS 'reason code of a deviation, scrap or rework';
COMMENT ON COLUMN confirmation.entered_by IS 'account that entered it, as evidence';

CREATE TABLE activity (
    activity_id   VARCHAR,
    order_no      VARCHAR,
    sequence_no   VARCHAR,
    operation_no  VARCHAR,
    confirmation  VARCHAR,
    activity      VARCHAR,
    activity_type VARCHAR,
    resource      VARCHAR,
    equipment     VARCHAR,
    quantity      DECIMAL(18, 6),
    unit          VARCHAR,
    started_at    TIMESTAMP,
    ended_at      TIMESTAMP,
    reason        VARCHAR,
    cancelled     BOOLEAN,
    reference     VARCHAR,
    PRIMARY KEY (activity_id)
);
COMMENT ON TABLE activity IS 'event; labour, machine time and downtime; changed_at: when it was entered';
COMMENT ON COLUMN activity.activity_id IS 'confirmation and number of the activity (RUECK/RMZHL/1), or the MES''s number';
COMMENT ON COLUMN activity.confirmation IS 'confirmation that carries it; NULL: recorded alone';
COMMENT ON COLUMN activity.activity IS 'labour, machine, setup, downtime or other';
COMMENT ON COLUMN activity.activity_type IS 'SAP activity type (LSTAR), or the MES''s kind';
COMMENT ON COLUMN activity.equipment IS 'machine, vessel or instrument that was used: what its calibration and cleaning must have been valid for';
COMMENT ON COLUMN activity.quantity IS 'duration in `unit`, positive';
COMMENT ON COLUMN activity.started_at IS 'UTC';
COMMENT ON COLUMN activity.ended_at IS 'UTC';
COMMENT ON COLUMN activity.reason IS 'reason code of a downtime';
COMMENT ON COLUMN activity.cancelled IS 'taken back, or takes back another';
COMMENT ON COLUMN activity.reference IS 'identifier of the MES event that caused it; NULL: entered by hand';

CREATE TABLE batch (
    material       VARCHAR,
    batch          VARCHAR,
    produced_on    DATE,
    expires_on     DATE,
    restricted     BOOLEAN,
    retest_on      DATE,
    status         VARCHAR,
    origin         VARCHAR,
    order_no       VARCHAR,
    supplier       VARCHAR,
    supplier_batch VARCHAR,
    received_on    DATE,
    deletion_flag  BOOLEAN,
    PRIMARY KEY (material, batch)
);
COMMENT ON TABLE batch IS 'state; changed_at: last change of the batch record';
COMMENT ON COLUMN batch.produced_on IS 'day of manufacture';
COMMENT ON COLUMN batch.expires_on IS 'last day or shelf-life expiration day, by the site''s reading; NULL: none kept';
COMMENT ON COLUMN batch.restricted IS 'batch status restricted (ZUSTD), or the system''s own word for it';
COMMENT ON COLUMN batch.retest_on IS 'day from which it must be tested again (QNDAT)';
COMMENT ON COLUMN batch.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN batch.origin IS 'produced or received; NULL: not kept';
COMMENT ON COLUMN batch.order_no IS 'order that produced it, where the batch record says so';
COMMENT ON COLUMN batch.supplier_batch IS 'batch as the supplier names it';
COMMENT ON COLUMN batch.received_on IS 'day of the last goods receipt';

CREATE TABLE batch_characteristic (
    material       VARCHAR,
    batch          VARCHAR,
    characteristic VARCHAR,
    counter        VARCHAR,
    value          DECIMAL(18, 6),
    value_text     VARCHAR,
    unit           VARCHAR,
    PRIMARY KEY (material, batch, characteristic, counter)
);
COMMENT ON TABLE batch_characteristic IS 'state; changed_at: last change of the classification';
COMMENT ON COLUMN batch_characteristic.counter IS 'tells several values of one characteristic apart; NULL: it has one';
COMMENT ON COLUMN batch_characteristic.value IS 'numeric value in `unit`, such as the potency; NULL: not numeric';
COMMENT ON COLUMN batch_characteristic.value_text IS 'value as its system writes it';

CREATE TABLE serial (
    material         VARCHAR,
    serial_no        VARCHAR,
    parent_material  VARCHAR,
    parent_serial_no VARCHAR,
    installed_at     TIMESTAMP,
    removed_at       TIMESTAMP,
    batch            VARCHAR,
    order_no         VARCHAR,
    produced_at      TIMESTAMP,
    status           VARCHAR,
    available        BOOLEAN,
    storage_location VARCHAR,
    bin              VARCHAR,
    handling_unit    VARCHAR,
    customer         VARCHAR,
    delivery         VARCHAR,
    PRIMARY KEY (material, serial_no, order_no, parent_material, parent_serial_no, installed_at)
);
COMMENT ON TABLE serial IS 'state; one row a serial number and assembly that it was built into; changed_at: last change of the serial or of its place';
COMMENT ON COLUMN serial.parent_material IS 'material of the assembly that it is or was built into; NULL: none';
COMMENT ON COLUMN serial.parent_serial_no IS 'serial number of that assembly';
COMMENT ON COLUMN serial.installed_at IS 'UTC; when it was built in';
COMMENT ON COLUMN serial.removed_at IS 'UTC; when it was taken out; NULL: still in it';
COMMENT ON COLUMN serial.order_no IS 'order that produced it; NULL: bought, or not kept';
COMMENT ON COLUMN serial.produced_at IS 'UTC; when it was produced';
COMMENT ON COLUMN serial.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN serial.available IS 'may be used, picked or shipped';
COMMENT ON COLUMN serial.customer IS 'customer who has it; NULL: in house';

CREATE TABLE handling_unit (
    handling_unit      VARCHAR,
    material           VARCHAR,
    batch              VARCHAR,
    stock_type         VARCHAR,
    quantity           DECIMAL(18, 6),
    unit               VARCHAR,
    parent             VARCHAR,
    storage_location   VARCHAR,
    bin                VARCHAR,
    order_no           VARCHAR,
    delivery           VARCHAR,
    status             VARCHAR,
    available          BOOLEAN,
    packaging_material VARCHAR,
    PRIMARY KEY (handling_unit, material, batch, stock_type)
);
COMMENT ON TABLE handling_unit IS 'state; one row a handling unit and content; changed_at: last change of the unit or its content';
COMMENT ON COLUMN handling_unit.material IS 'content; NULL: empty';
COMMENT ON COLUMN handling_unit.stock_type IS 'as stock.stock_type; NULL: not kept';
COMMENT ON COLUMN handling_unit.parent IS 'handling unit that it is packed in; NULL: none';
COMMENT ON COLUMN handling_unit.order_no IS 'order that filled it';
COMMENT ON COLUMN handling_unit.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN handling_unit.available IS 'may be used, picked or shipped';
COMMENT ON COLUMN handling_unit.packaging_material IS 'material of the packaging itself';

CREATE TABLE stock (
    material                VARCHAR,
    batch                   VARCHAR,
    storage_location        VARCHAR,
    stock_type              VARCHAR,
    special_stock           VARCHAR,
    quantity                DECIMAL(18, 6),
    unit                    VARCHAR,
    partner                 VARCHAR,
    special_stock_reference VARCHAR,
    bin                     VARCHAR,
    handling_unit           VARCHAR,
    available_quantity      DECIMAL(18, 6),
    allocated_quantity      DECIMAL(18, 6),
    partner_plant           VARCHAR,
    counted_at              TIMESTAMP,
    PRIMARY KEY (material, batch, storage_location, stock_type, special_stock, partner, special_stock_reference, bin, handling_unit)
);
COMMENT ON TABLE stock IS 'state, zero quantities left out; changed_at: entry time of the last movement of the batch at the storage location, the last change of the stock record, or 1900, where none is within the history';
COMMENT ON COLUMN stock.stock_type IS '01 unrestricted, 02 inspection, 03 returns, 04 and 05 transfer, 06 transit, 07 blocked, 08 restricted-use';
COMMENT ON COLUMN stock.special_stock IS 'SAP special stock indicator: E sales order, Q project, K supplier consignment, W customer consignment, O at subcontractor; NULL: own stock';
COMMENT ON COLUMN stock.partner IS 'supplier or customer who holds or owns special stock';
COMMENT ON COLUMN stock.special_stock_reference IS 'sales order and item with a slash between, or project element, of special stock E or Q';
COMMENT ON COLUMN stock.handling_unit IS 'handling unit it is packed in; NULL: loose, or not kept';
COMMENT ON COLUMN stock.available_quantity IS 'warehouse: quantity offered for picking, in `unit`; NULL: not kept';
COMMENT ON COLUMN stock.allocated_quantity IS 'warehouse: quantity promised to open tasks and deliveries, in `unit`; NULL: not kept';
COMMENT ON COLUMN stock.partner_plant IS 'other plant of stock in transit; NULL: not in transit, or not kept';
COMMENT ON COLUMN stock.counted_at IS 'UTC; last physical count';

CREATE TABLE hold (
    hold_id          VARCHAR,
    material         VARCHAR,
    batch            VARCHAR,
    scope            VARCHAR,
    reason           VARCHAR,
    owner            VARCHAR,
    opened_at        TIMESTAMP,
    closed_at        TIMESTAMP,
    quantity         DECIMAL(18, 6),
    unit             VARCHAR,
    handling_unit    VARCHAR,
    serial_no        VARCHAR,
    storage_location VARCHAR,
    bin              VARCHAR,
    lot              VARCHAR,
    order_no         VARCHAR,
    case_no          VARCHAR,
    reference        VARCHAR,
    kind             VARCHAR,
    opened_by        VARCHAR,
    closed_by        VARCHAR,
    PRIMARY KEY (hold_id)
);
COMMENT ON TABLE hold IS 'state; changed_at: last change of the hold';
COMMENT ON COLUMN hold.hold_id IS 'number of the hold in its own system';
COMMENT ON COLUMN hold.scope IS 'batch (the whole of it), container, serial, quantity or location';
COMMENT ON COLUMN hold.closed_at IS 'UTC; NULL, or later than the cut: the hold is open';
COMMENT ON COLUMN hold.reason IS 'why, in a code or in words';
COMMENT ON COLUMN hold.opened_at IS 'UTC; when it was placed; NULL: unknown, and it holds all the same';
COMMENT ON COLUMN hold.quantity IS 'held quantity of a hold of scope quantity; NULL: everything in its scope';
COMMENT ON COLUMN hold.handling_unit IS 'held container of a hold of scope container';
COMMENT ON COLUMN hold.serial_no IS 'held serial of a hold of scope serial';
COMMENT ON COLUMN hold.storage_location IS 'held location of a hold of scope location';
COMMENT ON COLUMN hold.bin IS 'held bin of a hold of scope location';
COMMENT ON COLUMN hold.order_no IS 'order whose output is held';
COMMENT ON COLUMN hold.reference IS 'identifier of the same hold in the other system, where it is kept';
COMMENT ON COLUMN hold.kind IS 'the system''s own kind of hold, for people';
COMMENT ON COLUMN hold.opened_by IS 'who placed it';
COMMENT ON COLUMN hold.closed_by IS 'who closed it';

CREATE TABLE disposition (
    disposition_id VARCHAR,
    material       VARCHAR,
    batch          VARCHAR,
    lot            VARCHAR,
    decision       VARCHAR,
    decided_by     VARCHAR,
    decided_at     TIMESTAMP,
    kind           VARCHAR,
    code           VARCHAR,
    quantity       DECIMAL(18, 6),
    unit           VARCHAR,
    handling_unit  VARCHAR,
    serial_no      VARCHAR,
    hold_id        VARCHAR,
    case_no        VARCHAR,
    order_no       VARCHAR,
    final          BOOLEAN,
    supersedes     VARCHAR,
    PRIMARY KEY (disposition_id)
);
COMMENT ON TABLE disposition IS 'event; the newest of a batch is in force; changed_at: when it was recorded';
COMMENT ON COLUMN disposition.disposition_id IS 'number of the decision in its own system';
COMMENT ON COLUMN disposition.decision IS 'accepted, conditional or rejected';
COMMENT ON COLUMN disposition.lot IS 'inspection lot decided upon; NULL: the batch itself';
COMMENT ON COLUMN disposition.decided_by IS 'who decided';
COMMENT ON COLUMN disposition.decided_at IS 'UTC; when it was decided';
COMMENT ON COLUMN disposition.kind IS 'disposition, or assessment: of a batch made from a held or rejected one; NULL: disposition';
COMMENT ON COLUMN disposition.code IS 'code of the decision in its own system';
COMMENT ON COLUMN disposition.quantity IS 'quantity decided upon; NULL: all of the batch';
COMMENT ON COLUMN disposition.hold_id IS 'hold that it answers';
COMMENT ON COLUMN disposition.order_no IS 'order whose output it decides';
COMMENT ON COLUMN disposition.final IS 'no further decision is due; NULL: not kept, and then every decision is final';
COMMENT ON COLUMN disposition.supersedes IS 'disposition_id of the decision that it replaces';

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
    inspection_type         VARCHAR,
    origin                  VARCHAR,
    created_at              TIMESTAMP,
    status                  VARCHAR,
    decision_code           VARCHAR,
    decided_by              VARCHAR,
    stock_posting_required  BOOLEAN,
    quantity_to_post        DECIMAL(18, 6),
    to_unrestricted         DECIMAL(18, 6),
    to_blocked              DECIMAL(18, 6),
    to_scrap                DECIMAL(18, 6),
    to_sample               DECIMAL(18, 6),
    to_reserve              DECIMAL(18, 6),
    to_other_material       DECIMAL(18, 6),
    to_returns              DECIMAL(18, 6),
    sample_size             DECIMAL(18, 6),
    skipped                 BOOLEAN,
    results_complete        BOOLEAN,
    inspection_plan         VARCHAR,
    storage_location        VARCHAR,
    movement_id             VARCHAR,
    supplier                VARCHAR,
    delivery                VARCHAR,
    case_no                 VARCHAR,
    PRIMARY KEY (lot)
);
COMMENT ON TABLE inspection_lot IS 'state; changed_at: newest of creation and usage decision';
COMMENT ON COLUMN inspection_lot.decision IS 'accepted or rejected, by the valuation of the usage decision; NULL: none yet';
COMMENT ON COLUMN inspection_lot.quantity IS 'size of the lot, in `unit`';
COMMENT ON COLUMN inspection_lot.decided_at IS 'UTC; when the usage decision was made; NULL: not yet';
COMMENT ON COLUMN inspection_lot.stock_posting_completed IS 'SAP: status SPCO (I0220) is active: all of its stock is posted';
COMMENT ON COLUMN inspection_lot.cancelled IS 'SAP: status LTCA (I0224) is active';
COMMENT ON COLUMN inspection_lot.inspection_type IS '01 receipt, 03 in process, 04 receipt from production, 08 transfer, 09 recurring, 89 by hand, …';
COMMENT ON COLUMN inspection_lot.origin IS 'lot origin (HERKUNFT) behind the type';
COMMENT ON COLUMN inspection_lot.created_at IS 'UTC; when it was created';
COMMENT ON COLUMN inspection_lot.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN inspection_lot.decision_code IS 'plant, selected set, code group and code of the decision, with slashes between';
COMMENT ON COLUMN inspection_lot.decided_by IS 'who decided';
COMMENT ON COLUMN inspection_lot.stock_posting_required IS 'SAP: status SPRQ (I0203) is active: it holds stock that is still to be posted';
COMMENT ON COLUMN inspection_lot.quantity_to_post IS 'quantity still to be posted (LMENGEZUB), in `unit`';
COMMENT ON COLUMN inspection_lot.to_unrestricted IS 'posted from the lot to unrestricted stock, in `unit`';
COMMENT ON COLUMN inspection_lot.to_blocked IS 'posted to blocked stock';
COMMENT ON COLUMN inspection_lot.to_scrap IS 'posted to scrap';
COMMENT ON COLUMN inspection_lot.to_sample IS 'posted to samples';
COMMENT ON COLUMN inspection_lot.to_reserve IS 'posted to reserves';
COMMENT ON COLUMN inspection_lot.to_other_material IS 'posted to another material';
COMMENT ON COLUMN inspection_lot.to_returns IS 'returned to the supplier';
COMMENT ON COLUMN inspection_lot.sample_size IS 'number of units to inspect, as calculated for the lot';
COMMENT ON COLUMN inspection_lot.skipped IS 'the dynamic modification rule skips it: no results are due';
COMMENT ON COLUMN inspection_lot.results_complete IS 'all characteristics are closed, long-term ones too';
COMMENT ON COLUMN inspection_lot.inspection_plan IS 'task list or test specification that it is inspected by';
COMMENT ON COLUMN inspection_lot.movement_id IS 'movement that created it, as movement.movement_id';

CREATE TABLE inspection_result (
    result_id       VARCHAR,
    lot             VARCHAR,
    material        VARCHAR,
    batch           VARCHAR,
    order_no        VARCHAR,
    operation_no    VARCHAR,
    characteristic  VARCHAR,
    item_no         VARCHAR,
    sample_no       VARCHAR,
    value           DECIMAL(18, 6),
    value_text      VARCHAR,
    qualifier       VARCHAR,
    unit            VARCHAR,
    decimals        INTEGER,
    valuation       VARCHAR,
    code            VARCHAR,
    lower_limit     DECIMAL(18, 6),
    upper_limit     DECIMAL(18, 6),
    values_recorded DECIMAL(18, 6),
    measured_at     TIMESTAMP,
    certified       BOOLEAN,
    certified_at    TIMESTAMP,
    supersedes      VARCHAR,
    superseded      BOOLEAN,
    cancelled       BOOLEAN,
    equipment       VARCHAR,
    case_no         VARCHAR,
    reference       VARCHAR,
    owner           VARCHAR,
    PRIMARY KEY (result_id)
);
COMMENT ON TABLE inspection_result IS 'state; one row a recorded value, or the summary of a characteristic where single values are not kept; changed_at: when it was recorded or last changed';
COMMENT ON COLUMN inspection_result.result_id IS 'lot, characteristic, sample and value, or the laboratory''s number';
COMMENT ON COLUMN inspection_result.characteristic IS 'as characteristic.characteristic';
COMMENT ON COLUMN inspection_result.item_no IS 'number of the characteristic within the operation (MERKNR)';
COMMENT ON COLUMN inspection_result.sample_no IS 'sample or unit within the lot; NULL: the whole of it';
COMMENT ON COLUMN inspection_result.value IS 'number measured, in `unit`; NULL: not a number, such as one below the limit of quantification';
COMMENT ON COLUMN inspection_result.value_text IS 'value as its system writes it';
COMMENT ON COLUMN inspection_result.qualifier IS '< or > where the value is only known to lie beyond a bound, which value then is not; NULL: exact';
COMMENT ON COLUMN inspection_result.decimals IS 'places that it is rounded to; NULL: those of the characteristic';
COMMENT ON COLUMN inspection_result.valuation IS 'accepted or rejected; NULL: not valuated';
COMMENT ON COLUMN inspection_result.code IS 'code of a qualitative result, with its group';
COMMENT ON COLUMN inspection_result.lower_limit IS 'lower specification limit it was judged by; NULL: the characteristic''s';
COMMENT ON COLUMN inspection_result.upper_limit IS 'upper specification limit it was judged by; NULL: the characteristic''s';
COMMENT ON COLUMN inspection_result.values_recorded IS 'number of single values behind a summary; 1 for a single value';
COMMENT ON COLUMN inspection_result.measured_at IS 'UTC; when it was measured';
COMMENT ON COLUMN inspection_result.certified IS 'approved by the laboratory';
COMMENT ON COLUMN inspection_result.certified_at IS 'UTC; when it was approved';
COMMENT ON COLUMN inspection_result.supersedes IS 'result_id of the result that this retest replaces';
COMMENT ON COLUMN inspection_result.superseded IS 'a later result replaces it';
COMMENT ON COLUMN inspection_result.cancelled IS 'declared invalid';
COMMENT ON COLUMN inspection_result.equipment IS 'instrument that measured it';
COMMENT ON COLUMN inspection_result.case_no IS 'nonconformance or laboratory investigation opened for it';
COMMENT ON COLUMN inspection_result.reference IS 'identifier of the same result in the other system, where it is kept';
COMMENT ON COLUMN inspection_result.owner IS 'who recorded it';

CREATE TABLE nonconformance (
    case_no        VARCHAR,
    kind           VARCHAR,
    class          VARCHAR,
    text           VARCHAR,
    material       VARCHAR,
    batch          VARCHAR,
    lot            VARCHAR,
    order_no       VARCHAR,
    operation_no   VARCHAR,
    characteristic VARCHAR,
    result_id      VARCHAR,
    chart          VARCHAR,
    point          VARCHAR,
    equipment      VARCHAR,
    resource       VARCHAR,
    supplier       VARCHAR,
    quantity       DECIMAL(18, 6),
    unit           VARCHAR,
    defect_code    VARCHAR,
    status         VARCHAR,
    owner          VARCHAR,
    opened_at      TIMESTAMP,
    closed_at      TIMESTAMP,
    due_on         DATE,
    hold_id        VARCHAR,
    capa_no        VARCHAR,
    capa_required  BOOLEAN,
    decision       VARCHAR,
    approved       BOOLEAN,
    approved_at    TIMESTAMP,
    rework_order   VARCHAR,
    PRIMARY KEY (case_no)
);
COMMENT ON TABLE nonconformance IS 'state; changed_at: last change of the case';
COMMENT ON COLUMN nonconformance.kind IS 'nonconformance, deviation, investigation (laboratory), exception (batch record) or complaint';
COMMENT ON COLUMN nonconformance.class IS 'severity class of the site, by which a CAPA is due';
COMMENT ON COLUMN nonconformance.batch IS 'batch concerned; NULL: none';
COMMENT ON COLUMN nonconformance.result_id IS 'inspection_result.result_id that it was opened for';
COMMENT ON COLUMN nonconformance.chart IS 'SPC chart that it was opened for';
COMMENT ON COLUMN nonconformance.point IS 'point of the chart';
COMMENT ON COLUMN nonconformance.quantity IS 'quantity concerned, in `unit`';
COMMENT ON COLUMN nonconformance.defect_code IS 'defect code with its group';
COMMENT ON COLUMN nonconformance.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN nonconformance.opened_at IS 'UTC';
COMMENT ON COLUMN nonconformance.closed_at IS 'UTC; NULL: open';
COMMENT ON COLUMN nonconformance.due_on IS 'day by which it should be closed';
COMMENT ON COLUMN nonconformance.hold_id IS 'hold placed for it, where the case says so';
COMMENT ON COLUMN nonconformance.capa_no IS 'CAPA opened for it; NULL: none';
COMMENT ON COLUMN nonconformance.capa_required IS 'a CAPA is due; NULL: its class decides';
COMMENT ON COLUMN nonconformance.decision IS 'rework, scrap, use-as-is, return or none; NULL: not decided';
COMMENT ON COLUMN nonconformance.approved IS 'deviation: approved, so that what it allows is lawful';
COMMENT ON COLUMN nonconformance.approved_at IS 'UTC; when deviation or decision was approved';
COMMENT ON COLUMN nonconformance.rework_order IS 'order that does the rework; NULL: none yet';

CREATE TABLE capa (
    capa_no      VARCHAR,
    case_no      VARCHAR,
    kind         VARCHAR,
    class        VARCHAR,
    text         VARCHAR,
    status       VARCHAR,
    owner        VARCHAR,
    opened_at    TIMESTAMP,
    due_on       DATE,
    closed_at    TIMESTAMP,
    effective_at TIMESTAMP,
    PRIMARY KEY (capa_no)
);
COMMENT ON TABLE capa IS 'state; changed_at: last change of the CAPA';
COMMENT ON COLUMN capa.capa_no IS 'number of the CAPA in its own system';
COMMENT ON COLUMN capa.case_no IS 'nonconformance that it was opened for first; others point to it';
COMMENT ON COLUMN capa.kind IS 'corrective or preventive; NULL: both, or not kept';
COMMENT ON COLUMN capa.class IS 'severity class of the site';
COMMENT ON COLUMN capa.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN capa.opened_at IS 'UTC';
COMMENT ON COLUMN capa.due_on IS 'day by which it must be closed';
COMMENT ON COLUMN capa.closed_at IS 'UTC; NULL: open';
COMMENT ON COLUMN capa.effective_at IS 'UTC; when its effectiveness was verified';

CREATE TABLE spc_violation (
    chart               VARCHAR,
    point               VARCHAR,
    violation           VARCHAR,
    material            VARCHAR,
    batch               VARCHAR,
    order_no            VARCHAR,
    operation_no        VARCHAR,
    characteristic      VARCHAR,
    resource            VARCHAR,
    equipment           VARCHAR,
    value               DECIMAL(18, 6),
    unit                VARCHAR,
    center_line         DECIMAL(18, 6),
    lower_control_limit DECIMAL(18, 6),
    upper_control_limit DECIMAL(18, 6),
    occurred_at         TIMESTAMP,
    acknowledged_at     TIMESTAMP,
    case_no             VARCHAR,
    reason              VARCHAR,
    PRIMARY KEY (chart, point, violation)
);
COMMENT ON TABLE spc_violation IS 'event; changed_at: when it was recorded';
COMMENT ON COLUMN spc_violation.chart IS 'SPC chart';
COMMENT ON COLUMN spc_violation.point IS 'point of the chart';
COMMENT ON COLUMN spc_violation.violation IS 'run rule that was broken, such as beyond limits, run of eight';
COMMENT ON COLUMN spc_violation.value IS 'plotted value, in `unit`';
COMMENT ON COLUMN spc_violation.center_line IS 'centre of the chart';
COMMENT ON COLUMN spc_violation.lower_control_limit IS 'lower control limit, no specification';
COMMENT ON COLUMN spc_violation.upper_control_limit IS 'upper control limit, no specification';
COMMENT ON COLUMN spc_violation.occurred_at IS 'UTC; when it was measured';
COMMENT ON COLUMN spc_violation.acknowledged_at IS 'UTC; when someone took note';
COMMENT ON COLUMN spc_violation.case_no IS 'nonconformance opened for it; NULL: none';
COMMENT ON COLUMN spc_violation.reason IS 'cause that was assigned';

CREATE TABLE equipment_status (
    status_id    VARCHAR,
    equipment    VARCHAR,
    kind         VARCHAR,
    status       VARCHAR,
    passed       BOOLEAN,
    performed_at TIMESTAMP,
    valid_from   TIMESTAMP,
    valid_until  TIMESTAMP,
    resource     VARCHAR,
    order_no     VARCHAR,
    material     VARCHAR,
    text         VARCHAR,
    performed_by VARCHAR,
    PRIMARY KEY (status_id)
);
COMMENT ON TABLE equipment_status IS 'event; one row a calibration, cleaning, qualification or maintenance and how long it holds; changed_at: when it was recorded or last changed';
COMMENT ON COLUMN equipment_status.status_id IS 'number of the record in its own system';
COMMENT ON COLUMN equipment_status.kind IS 'calibration, cleaning, qualification or maintenance';
COMMENT ON COLUMN equipment_status.status IS 'status in the system''s own word, for people';
COMMENT ON COLUMN equipment_status.passed IS 'it came out well, so that it holds';
COMMENT ON COLUMN equipment_status.performed_at IS 'UTC';
COMMENT ON COLUMN equipment_status.valid_from IS 'UTC; from when it holds; NULL: from performed_at';
COMMENT ON COLUMN equipment_status.valid_until IS 'UTC; until when it holds; NULL: without end';
COMMENT ON COLUMN equipment_status.resource IS 'work centre or line that the equipment belongs to';
COMMENT ON COLUMN equipment_status.order_no IS 'order before or after which it was done';
COMMENT ON COLUMN equipment_status.material IS 'what was last made on it';
COMMENT ON COLUMN equipment_status.performed_by IS 'who did it';

CREATE TABLE genealogy_link (
    order_no        VARCHAR,
    output_material VARCHAR,
    output_batch    VARCHAR,
    input_material  VARCHAR,
    input_batch     VARCHAR,
    quantity        DECIMAL(18, 6),
    unit            VARCHAR,
    output_quantity DECIMAL(18, 6),
    output_unit     VARCHAR,
    operation_no    VARCHAR,
    consumed_at     TIMESTAMP,
    produced_at     TIMESTAMP,
    purpose         VARCHAR,
    case_no         VARCHAR,
    PRIMARY KEY (order_no, output_material, output_batch, input_material, input_batch)
);
COMMENT ON TABLE genealogy_link IS 'state: order and batch grain, net of reversals; changed_at: newest movement on either end';
COMMENT ON COLUMN genealogy_link.output_material IS 'what was produced';
COMMENT ON COLUMN genealogy_link.output_batch IS 'batch that was produced; NULL: not kept in batches';
COMMENT ON COLUMN genealogy_link.input_material IS 'what was consumed';
COMMENT ON COLUMN genealogy_link.input_batch IS 'batch that was consumed; NULL: not kept in batches';
COMMENT ON COLUMN genealogy_link.quantity IS 'of the input that went into the output, in `unit`; NULL: not kept at this grain';
COMMENT ON COLUMN genealogy_link.output_quantity IS 'of the output, in output_unit';
COMMENT ON COLUMN genealogy_link.output_unit IS 'unit of output_quantity';
COMMENT ON COLUMN genealogy_link.consumed_at IS 'UTC; first physical consumption (MES), or start of the first posting day (SAP)';
COMMENT ON COLUMN genealogy_link.produced_at IS 'UTC; last physical output (MES), or start of the last posting day (SAP)';
COMMENT ON COLUMN genealogy_link.purpose IS 'what makes an unusual link lawful: rework, relabel, heel or blend; NULL: none of them';
COMMENT ON COLUMN genealogy_link.case_no IS 'deviation that allows it, such as an approved substitute';

CREATE TABLE delivery_item (
    delivery               VARCHAR,
    item_no                VARCHAR,
    parent_item            VARCHAR,
    kind                   VARCHAR,
    delivery_type          VARCHAR,
    material               VARCHAR,
    batch                  VARCHAR,
    serial_no              VARCHAR,
    handling_unit          VARCHAR,
    quantity               DECIMAL(18, 6),
    picked_quantity        DECIMAL(18, 6),
    unit                   VARCHAR,
    storage_location       VARCHAR,
    stock_type             VARCHAR,
    special_stock          VARCHAR,
    customer               VARCHAR,
    sales_order            VARCHAR,
    goods_issued           BOOLEAN,
    goods_issue_at         TIMESTAMP,
    goods_issue_on         DATE,
    planned_goods_issue_on DATE,
    movement_id            VARCHAR,
    cancelled              BOOLEAN,
    returned               BOOLEAN,
    PRIMARY KEY (delivery, item_no)
);
COMMENT ON TABLE delivery_item IS 'state; changed_at: newest change of header, item or goods issue';
COMMENT ON COLUMN delivery_item.item_no IS 'item; a batch split has its own';
COMMENT ON COLUMN delivery_item.parent_item IS 'item that a batch split belongs to (UECHA); NULL: none';
COMMENT ON COLUMN delivery_item.kind IS 'outbound, inbound, transfer or return';
COMMENT ON COLUMN delivery_item.delivery_type IS 'SAP delivery type (LFART), as evidence';
COMMENT ON COLUMN delivery_item.batch IS 'allocated batch; NULL: not allocated yet, or not kept in batches';
COMMENT ON COLUMN delivery_item.quantity IS 'delivery quantity, in `unit`';
COMMENT ON COLUMN delivery_item.picked_quantity IS 'picked so far, in `unit`';
COMMENT ON COLUMN delivery_item.stock_type IS 'as stock.stock_type, that it is taken from; NULL: unrestricted';
COMMENT ON COLUMN delivery_item.special_stock IS 'SAP special stock indicator; NULL: own stock';
COMMENT ON COLUMN delivery_item.customer IS 'ship-to party (or receiving plant)';
COMMENT ON COLUMN delivery_item.sales_order IS 'sales order and item, with a slash between';
COMMENT ON COLUMN delivery_item.goods_issued IS 'it has left: the delivery is no longer open';
COMMENT ON COLUMN delivery_item.goods_issue_at IS 'UTC; when the goods issue was entered, or happened (warehouse); NULL: not yet';
COMMENT ON COLUMN delivery_item.goods_issue_on IS 'posting day of the goods issue';
COMMENT ON COLUMN delivery_item.planned_goods_issue_on IS 'planned day of the goods issue';
COMMENT ON COLUMN delivery_item.movement_id IS 'movement of the goods issue, as movement.movement_id';
COMMENT ON COLUMN delivery_item.cancelled IS 'deleted, or rejected: nothing will leave';
COMMENT ON COLUMN delivery_item.returned IS 'goods issue taken back';

CREATE TABLE reservation (
    reservation             VARCHAR,
    item_no                 VARCHAR,
    material                VARCHAR,
    batch                   VARCHAR,
    storage_location        VARCHAR,
    stock_type              VARCHAR,
    special_stock           VARCHAR,
    movement_type           VARCHAR,
    required_quantity       DECIMAL(18, 6),
    withdrawn_quantity      DECIMAL(18, 6),
    unit                    VARCHAR,
    required_on             DATE,
    final_issue             BOOLEAN,
    deleted                 BOOLEAN,
    movement_allowed        BOOLEAN,
    order_no                VARCHAR,
    customer                VARCHAR,
    target_storage_location VARCHAR,
    cost_center             VARCHAR,
    PRIMARY KEY (reservation, item_no)
);
COMMENT ON TABLE reservation IS 'state; reservations that belong to no order; those of orders are in component; changed_at: last change, or creation, of the reservation';
COMMENT ON COLUMN reservation.reservation IS 'reservation (RSNUM), or the system''s allocation';
COMMENT ON COLUMN reservation.item_no IS 'item (RSPOS)';
COMMENT ON COLUMN reservation.batch IS 'allocated batch; NULL: any';
COMMENT ON COLUMN reservation.stock_type IS 'as stock.stock_type, that it is taken from; NULL: unrestricted';
COMMENT ON COLUMN reservation.special_stock IS 'SAP special stock indicator; NULL: own stock';
COMMENT ON COLUMN reservation.movement_type IS 'movement type planned';
COMMENT ON COLUMN reservation.required_quantity IS 'in `unit`';
COMMENT ON COLUMN reservation.withdrawn_quantity IS 'withdrawn so far, in `unit`';
COMMENT ON COLUMN reservation.required_on IS 'requirement date';
COMMENT ON COLUMN reservation.final_issue IS 'no more is expected (KZEAR)';
COMMENT ON COLUMN reservation.deleted IS 'item deleted (XLOEK)';
COMMENT ON COLUMN reservation.movement_allowed IS 'goods movements are allowed for it (XWAOK)';
COMMENT ON COLUMN reservation.target_storage_location IS 'where a transfer goes; NULL: it leaves stock';
COMMENT ON COLUMN reservation.cost_center IS 'who pays';

CREATE TABLE message (
    message_id        VARCHAR,
    kind              VARCHAR,
    interface         VARCHAR,
    workflow          VARCHAR,
    queue             VARCHAR,
    direction         VARCHAR,
    sender            VARCHAR,
    receiver          VARCHAR,
    status            VARCHAR,
    status_code       VARCHAR,
    status_text       VARCHAR,
    reason            VARCHAR,
    schema_mismatch   BOOLEAN,
    object_type       VARCHAR,
    object_key        VARCHAR,
    order_no          VARCHAR,
    operation_no      VARCHAR,
    material          VARCHAR,
    batch             VARCHAR,
    storage_location  VARCHAR,
    lot               VARCHAR,
    delivery          VARCHAR,
    serial_no         VARCHAR,
    handling_unit     VARCHAR,
    hold_id           VARCHAR,
    case_no           VARCHAR,
    reservation       VARCHAR,
    reservation_item  VARCHAR,
    movement_type     VARCHAR,
    quantity          DECIMAL(18, 6),
    unit              VARCHAR,
    reference         VARCHAR,
    confirmation      VARCHAR,
    document          VARCHAR,
    sequence          BIGINT,
    occurred_at       TIMESTAMP,
    sent_at           TIMESTAMP,
    received_at       TIMESTAMP,
    posted_at         TIMESTAMP,
    attempts          INTEGER,
    payload_digest    VARCHAR,
    stock_type        VARCHAR,
    target_stock_type VARCHAR,
    PRIMARY KEY (message_id)
);
COMMENT ON TABLE message IS 'state; one row an IDoc, queue entry, dead letter or failed posting; plant is * where it names none; changed_at: when its status was last set';
COMMENT ON COLUMN message.message_id IS 'IDoc number, message id, or key of the failed record (AFFW); unique with its source';
COMMENT ON COLUMN message.kind IS 'idoc, queue, dead-letter, log or backflush (a failed one: AFFW, COGI)';
COMMENT ON COLUMN message.interface IS 'message type, such as LOIPRO or MBGMCR, or the name of the interface';
COMMENT ON COLUMN message.workflow IS 'workflow whose service level it is measured by; NULL: its interface';
COMMENT ON COLUMN message.queue IS 'queue or topic it waits in';
COMMENT ON COLUMN message.direction IS 'inbound or outbound, seen from the system of its source';
COMMENT ON COLUMN message.sender IS 'sending system or port';
COMMENT ON COLUMN message.receiver IS 'receiving system or port';
COMMENT ON COLUMN message.status IS 'pending, sent (passed on, outcome unknown), posted, failed, ignored (closed with the error ignored) or dead (dead letter)';
COMMENT ON COLUMN message.status_code IS 'status as its system writes it, such as 51';
COMMENT ON COLUMN message.status_text IS 'message of that status, as evidence';
COMMENT ON COLUMN message.reason IS 'error class or message number; NULL: no error';
COMMENT ON COLUMN message.schema_mismatch IS 'it failed because its shape or a field does not fit';
COMMENT ON COLUMN message.object_type IS 'what object_key names: order, batch, delivery, lot, hold, …';
COMMENT ON COLUMN message.object_key IS 'key of the object it is about, as its own system writes it';
COMMENT ON COLUMN message.order_no IS 'order it is about; NULL: none, or inside the payload';
COMMENT ON COLUMN message.hold_id IS 'hold it is about';
COMMENT ON COLUMN message.case_no IS 'nonconformance it is about';
COMMENT ON COLUMN message.reservation IS 'reservation that the failed withdrawal was for';
COMMENT ON COLUMN message.reservation_item IS 'item of the reservation';
COMMENT ON COLUMN message.movement_type IS 'movement type it would post';
COMMENT ON COLUMN message.quantity IS 'quantity it would post, positive, in `unit`';
COMMENT ON COLUMN message.reference IS 'identifier of the event that it carries, as movement.reference';
COMMENT ON COLUMN message.confirmation IS 'confirmation whose backflush failed';
COMMENT ON COLUMN message.document IS 'document that it posted, as movement.movement_id, movement.document or confirmation.confirmation; NULL: none yet';
COMMENT ON COLUMN message.sequence IS 'place in the order of events of its object; NULL: not kept';
COMMENT ON COLUMN message.occurred_at IS 'UTC; when the event that it carries happened';
COMMENT ON COLUMN message.sent_at IS 'UTC; when it was sent or created';
COMMENT ON COLUMN message.received_at IS 'UTC; when the receiver took it';
COMMENT ON COLUMN message.posted_at IS 'UTC; when it was applied; NULL: not yet';
COMMENT ON COLUMN message.attempts IS 'how often it was tried; NULL: not kept';
COMMENT ON COLUMN message.payload_digest IS 'digest of its content, by which copies are found; NULL: not kept';
COMMENT ON COLUMN message.stock_type IS 'as stock.stock_type, that it would take from or add to; NULL: none, or not told';
COMMENT ON COLUMN message.target_stock_type IS 'transfer: stock type that it would move to; NULL: the same';

CREATE TABLE crosswalk (
    code_list      VARCHAR,
    code           VARCHAR,
    canonical_code VARCHAR,
    text           VARCHAR,
    valid_from     DATE,
    valid_to       DATE,
    PRIMARY KEY (code_list, code, valid_from)
);
COMMENT ON TABLE crosswalk IS 'state; one row a code of this system and what SAP or the site calls it; changed_at: last change of the crosswalk';
COMMENT ON COLUMN crosswalk.code_list IS 'resource, status, reason, defect, unit, characteristic, …';
COMMENT ON COLUMN crosswalk.code IS 'code as this system writes it';
COMMENT ON COLUMN crosswalk.canonical_code IS 'code that rules compare; NULL: known to have none';

CREATE TABLE posting_period (
    company_code   VARCHAR,
    fiscal_variant VARCHAR,
    kind           VARCHAR,
    fiscal_year    VARCHAR,
    period         VARCHAR,
    first_day      DATE,
    last_day       DATE,
    open           BOOLEAN,
    PRIMARY KEY (kind, fiscal_year, period)
);
COMMENT ON TABLE posting_period IS 'state; one row a period and ledger side; changed_at: when it was opened or closed, or as of the source';
COMMENT ON COLUMN posting_period.company_code IS 'company code that the plant belongs to';
COMMENT ON COLUMN posting_period.fiscal_variant IS 'fiscal year variant (PERIV) that the days come from';
COMMENT ON COLUMN posting_period.kind IS 'inventory (MARV) or finance (T001B)';
COMMENT ON COLUMN posting_period.fiscal_year IS 'fiscal year, four digits';
COMMENT ON COLUMN posting_period.period IS 'posting period, three digits';
COMMENT ON COLUMN posting_period.first_day IS 'first posting day of the period';
COMMENT ON COLUMN posting_period.last_day IS 'last posting day of the period';
COMMENT ON COLUMN posting_period.open IS 'postings into it are accepted';

CREATE TABLE location (
    storage_location VARCHAR,
    bin              VARCHAR,
    text             VARCHAR,
    kind             VARCHAR,
    warehouse        VARCHAR,
    ewm_managed      BOOLEAN,
    hu_managed       BOOLEAN,
    bin_managed      BOOLEAN,
    line_side        BOOLEAN,
    quarantine       BOOLEAN,
    blocked          BOOLEAN,
    resource         VARCHAR,
    deletion_flag    BOOLEAN,
    PRIMARY KEY (storage_location, bin)
);
COMMENT ON TABLE location IS 'state; one row a storage location, and one a bin where bins are told; changed_at: last change of the master record, or as of the source';
COMMENT ON COLUMN location.bin IS 'storage bin; NULL: the storage location itself';
COMMENT ON COLUMN location.kind IS 'the system''s own kind, for people';
COMMENT ON COLUMN location.warehouse IS 'warehouse number; NULL: no warehouse system';
COMMENT ON COLUMN location.ewm_managed IS 'stock is kept by EWM or another warehouse system: no direct inventory posting';
COMMENT ON COLUMN location.hu_managed IS 'stock is kept in handling units: postings need their list';
COMMENT ON COLUMN location.bin_managed IS 'stock is kept by bins (classic WM)';
COMMENT ON COLUMN location.line_side IS 'supplies a line: stock here is compared with the MES';
COMMENT ON COLUMN location.quarantine IS 'meant for held stock';
COMMENT ON COLUMN location.blocked IS 'no movement in or out';
COMMENT ON COLUMN location.resource IS 'line or work centre that it supplies';
