"""What SAP keeps of its interfaces: IDocs that are not through, and goods movements of confirmations that failed (COGI)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from company.idocs import DEFICIT, THROUGH, Idoc, Reason, numbered
from company.orders import Order
from company.plant import CLIENT
from company.sap import Sap
from company.sap_form import Row, number, order, stamp, write

PORT, HERE, THERE = "MES_PORT", "P01CLNT100", "MIDDLEWARE"


def write_all(folder: Path, sap: Sap, cut: datetime) -> None:
    heads: list[Row] = []
    statuses: list[Row] = []
    for document, one in numbered(sap.idocs):
        reached = one.reached(cut)
        if reached and reached[-1][1] not in THROUGH:
            _idoc(one, f"{document:016d}", reached, heads, statuses)
    write(folder, "EDIDC", "MANDT DOCNUM STATUS DIRECT MESTYP SNDPOR SNDPRN RCVPOR RCVPRN CREDAT CRETIM UPDDAT UPDTIM ARCKEY", heads)
    write(folder, "EDIDS", "MANDT DOCNUM LOGDAT LOGTIM COUNTR STATUS STATXT STAMID STAMNO", statuses)
    write(folder, "AFFW", "MANDT WEBLNR WEBLPOS WERKS AUFNR MATNR CHARG LGORT BWART ERFMG ERFME RUECK RMZHL ERSDA ERZET MSGID MSGNO", _failed(sap, cut))


def _idoc(one: Idoc, document: str, reached: list[tuple[datetime, str, Reason]], heads: list[Row], statuses: list[Row]) -> None:
    if isinstance(one.of, Order):
        way = ["1", "LOIPRO", PORT, HERE, PORT, THERE]
        reference = order(one.of.number)
    else:
        way = ["2", "MBGMCR", PORT, THERE, PORT, HERE]
        reference = one.of.event_id
    heads.append([CLIENT, document, reached[-1][1], *way, *stamp(one.made_at), *stamp(reached[-1][0]), reference])
    for count, (at, code, reason) in enumerate(reached, 1):
        statuses.append([CLIENT, document, *stamp(at), f"{count:016d}", code, reason.text, reason.message_class, reason.number])


def _failed(sap: Sap, cut: datetime) -> list[Row]:
    rows = []
    for one in sap.failed:
        if one.waits(cut):
            known, material = sap.orders[one.order_no], one.material
            place = known.plan.recipe.steps.index(one.confirmation.step) + 1
            confirmation = [f"{7_000_000 + known.number * 10 + place:010d}", f"{one.confirmation.counter:08d}"]
            issue = [material.sap_number, "", material.store, "261", number(one.quantity), material.base_unit]
            where = [known.plan.plant.number, order(one.order_no)]
            rows.append([CLIENT, f"{one.number:010d}", "0001", *where, *issue, *confirmation, *stamp(one.at), DEFICIT.message_class, DEFICIT.number])
    return rows
