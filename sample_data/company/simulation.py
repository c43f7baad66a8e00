"""The whole company on one page: what is planned, what happens, and who remembers it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from company import edges
from company.agenda import Agenda
from company.heels import leave_heels
from company.maintenance import repair
from company.master_data import MasterData, befall
from company.middleware import Middleware, to_line_side
from company.orders import Order
from company.production import FIRST_BOOKED, number_events, produce
from company.qms import Qms, number_records
from company.quality import judge_batches
from company.queues import Queues, change_orders
from company.register import Register
from company.sap import Sap
from company.shipping import ship
from company.stock_damage import damage_line_side, damage_stock


@dataclass
class Company:
    """Everything that happened until after the last night."""

    orders: list[Order]
    maintenance: list[Order]
    sap: Sap
    qms: Qms
    register: Register
    master_data: MasterData
    queues: Queues
    nights: int
    seed: int


def simulate(seed: int, orders: int, nights: int) -> Company:
    """A company of about `orders` orders, the same for the same arguments."""
    sap, agenda, register = Sap(), Agenda(), Register()
    run = produce(orders, nights, sap, agenda, register, seed)
    by_hand = repair(max(3, orders // 60), nights, sap, agenda, register, seed)
    qms = judge_batches(run, nights, sap, agenda, register, seed)
    damage_stock(run, nights, qms, sap, agenda, register, seed)
    ship(run, nights, qms, sap, agenda, register, seed)
    rng = random.Random(f"{seed}/middleware")
    to_line_side(run, sap, agenda, register, rng)
    damage_line_side(run, register)
    leave_heels(run, seed)
    edges.across_moments(run, register, seed)
    edges.posted_as_late_as_agreed(run, register, seed)
    edges.last_day(run, sap, agenda, register, seed)
    number_events(run, FIRST_BOOKED)
    Middleware(sap, agenda, register, rng).carry(run)
    agenda.play()
    number_records(qms, run, sap)
    master_data, queues = befall(run, orders, nights, qms, register, seed), change_orders(run, orders, register, seed)
    edges.hold_between_uses(run, qms, register, seed)
    return Company(run, by_hand, sap, qms, register, master_data, queues, nights, seed)
