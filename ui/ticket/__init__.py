"""New groups: the ticket and the basket file."""

from ui.ticket.basket import BasketPanel
from ui.ticket.ticket import TicketPanel

__all__ = ["BasketPanel", "TicketPanel"]
