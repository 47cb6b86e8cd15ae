"""The window: glance line, docks, and the wires between the panels.

Owns: building the parts in order, the wires, and the window's own events. May not: decide
anything, or know a panel's content. Which panels there are stands in ``ui.rooms``, where keys and
menus lead in ``ui.going``, what ages and goes stale in ``ui.pulse``, the look in ``ui.dresser``,
what outlives the window in ``ui.kept``.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow

from ui.actions import Keymap
from ui.archiving import ArchiveOffer
from ui.bridge import Bridge, EngineLike
from ui.dresser import Dresser, Part
from ui.frame import Frame
from ui.going import Going
from ui.icons import Icons
from ui.kept import Kept
from ui.late import loader
from ui.layouts import Docks
from ui.menus import Menus
from ui.notify import Notifier
from ui.panel import Panel
from ui.preferences import Preferences
from ui.pulse import Pulse
from ui.risk.kill_offers import CALLED, search_kills
from ui.risk.limit_actions import ReadLimits
from ui.rooms import ReadBasket, Rooms
from ui.search import SearchPalette
from ui.sound import Sound
from ui.stall import StallWatch
from ui.theme import Theme
from ui.top import Top
from ui.who import Prove, person_words

SETTLED_MS = 1500
SAID_MS = 8000
PLOTS_AFTER_MS = 1_500
"""After the window is shown, so that what a crash left is on it first."""
SIZE = (1280, 800)  # at least, where no size is kept
SCREEN_SHARE = 0.9


class MainWindow(QMainWindow):
    """The trader's screen on one engine.

    ``engine`` offers what ``ui.bridge.EngineLike`` names. ``settings_path``: where preferences
    are kept (None: nowhere). ``read_basket``: reads a basket file, raises ``BasketError``.
    ``read_limits``: reads the limits file, raises ``LimitsError``; None without one. ``prove``:
    who a name and a PIN are (``ui.who``); None without a roles file.
    ``safe_mode``: start without the kept preferences. ``theme_wins``: ``theme`` was asked for, so
    it wins over the kept one. ``market_time``: the market runs on a time of its own (recorded or
    made up), so its clock says nothing about ours. ``settled`` is emitted once the window stands
    and is painted, ``closed`` when it closes.
    """

    settled = Signal()
    closed = Signal()

    def __init__(
        self,
        engine: EngineLike,
        user: str = "trader",
        *,
        theme: str = "dark",
        theme_wins: bool = False,
        market_time: bool = False,
        banner: str = "PAPER",
        settings_path: Path | None = None,
        read_basket: ReadBasket | None = None,
        read_limits: ReadLimits | None = None,
        prove: Prove | None = None,
        archive: ArchiveOffer | None = None,
        safe_mode: bool = False,
    ) -> None:
        super().__init__()
        self._banner = banner
        self.preferences = Preferences(settings_path, ignore=safe_mode)
        self.frame = Frame(self)
        self.bridge = Bridge(engine, self.frame, user=user)
        self.keymap = Keymap(self.preferences.get("keys"))
        self.sound = Sound(self)
        self.notifier = Notifier(self)
        self.stall = StallWatch(self)
        self._orphans_before = 0
        self._build_panels(read_basket, read_limits)
        self._build_top(market_time, prove, archive)
        self._build_docks()
        self._wire()
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._dresser = Dresser(
            self, self._parts(), self.preferences, theme, self._dressed, wins=theme_wins
        )
        self._bind()
        self._restore()
        self.pulse.beat(False)
        QTimer.singleShot(SETTLED_MS, self, self._settled)

    # --- building ----------------------------------------------------------------------
    def _build_panels(self, read_basket: ReadBasket | None, read_limits: ReadLimits | None) -> None:
        self.rooms = Rooms(self.bridge, self.keymap, read_basket, read_limits)
        rooms = self.rooms
        self.escalations, self.orphans, self.groups = rooms.escalations, rooms.orphans, rooms.groups
        self.detail, self.rejected, self.log = rooms.detail, rooms.rejected, rooms.log
        self.health, self.ticket, self.basket = rooms.health, rooms.ticket, rooms.basket
        self.connection, self.limits = rooms.connection, rooms.limits
        self.kills, self.reconciliation = rooms.kills, rooms.reconciliation
        self.keys = rooms.keys
        self.panels = rooms.panels

    def _build_top(
        self, market_time: bool, prove: Prove | None, archive: ArchiveOffer | None
    ) -> None:
        self.top = Top(
            self.bridge,
            self._banner,
            self._save_layout,
            market_time=market_time,
            prove=prove,
            archive=archive,
        )
        self.glance = self.top.glance
        self.setMenuWidget(self.top)
        self.setCentralWidget(self.groups)
        self.palette_ = SearchPalette(self, self._search, self.keymap)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setAccessibleName("Remarks")

    def _build_docks(self) -> None:
        self.docks = Docks(self, self.preferences)
        self.rooms.set_up(self.docks)
        self.kept = Kept(self, self.preferences, self.docks, self.panels)
        self.going = Going(self, self.rooms, self.docks, self.keymap)
        self.pulse = Pulse(
            self,
            self.bridge,
            self.frame,
            self.rooms,
            self.glance,
            self.sound,
            self.stall,
            self._banner,
        )

    def _parts(self) -> list[Part]:
        """What is dressed by itself: each dock with its panel, and what lies around them."""
        parts = [Part(self.top, (self.glance,)), Part(self.groups, (self.groups,))]
        for name in self.docks.titles():
            panel = self.rooms.panel(name)
            parts.append(Part(self.docks.dock(name), (panel,) if isinstance(panel, Panel) else ()))
        return [*parts, Part(self.palette_, (self.palette_,)), Part(self.statusBar())]

    def _wire(self) -> None:
        going = self.going
        for panel in self.panels:
            panel.said.connect(self.say)
            panel.group_wanted.connect(going.show_group)
        for place in self.rooms.places:
            panel_ = self.rooms.panel(place.dock)
            if isinstance(panel_, Panel) and place.dock in self.docks.titles():
                panel_.count_changed.connect(partial(self.docks.set_count, place.dock, place.title))
        going.said.connect(self.say)
        self.keys.said.connect(self.say)
        self.groups.chosen.connect(self.detail.show_group)
        self.groups.new_wanted.connect(lambda: going.run("go.ticket"))
        self.groups.import_wanted.connect(lambda: going.run("go.basket"))
        self.orphans.count_changed.connect(self._orphans_came)
        self.escalations.sounded.connect(self.sound.play)
        self.escalations.critical.connect(self.notifier.tell)
        self.pulse.said.connect(self.say)
        self.palette_.found.connect(self._found)
        for asks in (self.groups, self.kills, self.ticket):
            asks.kill_wanted.connect(self.top.kill_part)
        self.bridge.person_changed.connect(self._acts)
        self.top.kill_line.shown.connect(lambda: going.run("go.kills"))
        self.frame.add("kill line", self._show_kills)
        self.frame.ticked.connect(lambda _: self.frame.want("kill line"))
        self.palette_.command.connect(going.run)
        self.keymap.changed.connect(lambda: self.preferences.set("keys", self.keymap.overrides()))

    def _bind(self) -> None:
        self.going.bind(
            {
                "search": self.palette_.open_palette,
                "kill": self.glance.press_kill,
                "act_as": self.top.act_as.ask,
                "archive": self.top.archive.ask,
                "theme": self._dresser.switch,
                "bigger": partial(self._dresser.step, 1),
                "smaller": partial(self._dresser.step, -1),
                "sound_test": self.sound.test,
                "quit": self.close,
            }
        )
        self.menus = Menus(
            self.top.menu,
            self.docks,
            self.rooms.places,
            self.keymap,
            self.run,
            self.set_scale,
            self.top.layout_name.ask,
        )

    # --- what the trader asks for ------------------------------------------------------
    def run(self, name: str) -> None:
        """Do an action by name (key, menu or palette)."""
        self.going.run(name)

    def say(self, text: str) -> None:
        """A short remark in the status line."""
        self.statusBar().showMessage(text, SAID_MS)

    def show_group(self, group_id: str) -> None:
        """Select a group in the groups panel and in the detail."""
        self.going.show_group(group_id)

    @property
    def theme(self) -> Theme:
        """What the window wears now."""
        return self._dresser.theme

    def switch_theme(self) -> None:
        """Dark to light and back."""
        self._dresser.switch()

    def set_scale(self, percent: int) -> None:
        """Text size in percent, 100 to 200."""
        self._dresser.set_scale(percent)

    def _dressed(self, theme: Theme) -> None:
        self.notifier.set_theme(theme)
        self.setWindowIcon(Icons(theme).on_ground("desk"))

    def _settled(self) -> None:
        """The window stands: what building it cost isn't a stall, and the sound can be tried."""
        self.stall.begin()
        self.sound.test()
        self.settled.emit()

    def _search(self, text: str) -> tuple[tuple[str, str], ...]:
        """What the palette offers for a text: parts to kill, then what the engine finds."""
        engine = self.bridge.engine
        return (*search_kills(engine, text), *engine.search(text))

    def _found(self, what: str, target: str) -> None:
        if what in CALLED:
            self.top.kill_part(CALLED[what], target)
        else:
            self.going.found(what, target)

    def _acts(self, user: str) -> None:
        text = f"from now on {person_words(self.bridge.engine.person(user))} acts here"
        self.log.add_own("INFO", text)
        self.say(text)

    def _show_kills(self, deadline: float) -> bool:
        self.top.show_kills()
        return False

    def _orphans_came(self, count: int) -> None:
        if count and not self._orphans_before:
            self.docks.bring("orphans")
        self._orphans_before = count

    # --- inside ------------------------------------------------------------------------
    def _restore(self) -> None:
        room = self.screen().availableGeometry()
        share = round(room.width() * SCREEN_SHARE), round(room.height() * SCREEN_SHARE)
        self.resize(max(SIZE[0], share[0]), max(SIZE[1], share[1]))
        self.kept.restore()
        if self.preferences.trouble:
            self.log.add_own("WARNING", self.preferences.trouble)

    def _save_layout(self, name: str) -> str:
        why = self.docks.save(name)
        self.say(why or f"layout “{name.strip()}” saved")
        if not why:
            self.groups.take_focus()
        return why

    # --- Qt ----------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.kept.shown()
        QTimer.singleShot(PLOTS_AFTER_MS, loader().load)
        # Nobody's table is to stand still because the window opened with the keyboard in it.
        self.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.palette_.move(max(0, (self.width() - self.palette_.width()) // 2), 70)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [u.toLocalFile() for u in event.mimeData().urls() if u.isLocalFile()]
        if len(paths) != 1:
            self.say("Drop one basket file (JSON or CSV) at a time")
            return
        event.acceptProposedAction()
        self.going.go("basket")
        self.basket.open_file(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        self.kept.save()
        self.frame.stop()
        self.stall.stop()
        self.notifier.close()
        self.sound.close()
        self.bridge.close()
        super().closeEvent(event)
        self.closed.emit()
