"""IDocs between SAP and the middleware, as far as SAP keeps a record of one that is not through, or that somebody has given up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from company.orders import Event, Order

POSTED, SENT = "53", "03"
THROUGH = (POSTED, SENT)
GIVEN_UP = {"51": "68", "02": "31"}
"""Status of an error → that of an error which nobody will process any more."""


class Reason(NamedTuple):
    """What SAP says in a status record."""

    text: str
    message_class: str = ""
    number: str = ""


DEFICIT = Reason("Fehlbestand der frei verwendbaren Menge", "M7", "021")
PERIOD = Reason("Buchen nur in Perioden des Buchungskreises möglich", "M7", "053")
NOT_ALLOWED = Reason("Warenbewegung zum Auftrag ist nicht erlaubt", "BS", "007")
NO_PORT = Reason("Fehler bei der Übergabe der Daten an den Port", "E0", "269")
READY = Reason("IDoc ist übergabebereit für die Anwendung")
READY_TO_SEND = Reason("IDoc ist versandfertig")
DONE = Reason("Anwendungsbeleg gebucht")
NO_MORE = Reason("Fehler, keine weitere Bearbeitung")


@dataclass
class Idoc:
    """One message."""

    of: Event | Order
    """The movement that it brings, or the order that it takes to the MES."""
    made_at: datetime
    statuses: list[tuple[datetime, str, Reason]] = field(default_factory=list)
    """When, code and text; the last one that has been reached counts."""

    def reached(self, cut: datetime) -> list[tuple[datetime, str, Reason]]:
        """The statuses that it has had by then."""
        return [status for status in self.statuses if status[0] <= cut]

    def give_up(self, at: datetime) -> None:
        """Somebody has done by hand what it was for."""
        self.statuses.append((at, GIVEN_UP[self.statuses[-1][1]], NO_MORE))


def numbered(idocs: Iterable[Idoc]) -> Iterator[tuple[int, Idoc]]:
    """Each with its number, which counts all of them in the order in which they were made."""
    return enumerate(sorted(idocs, key=lambda idoc: idoc.made_at), 700_001)
