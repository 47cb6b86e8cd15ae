"""The window: glance line, docks, and the wires between the panels.

Owns: building and wiring the panels, theme and text size, preferences, KILL. May not: decide
anything; panels don't know each other, so what one wants of another is connected here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QWidget,
)

from engine import Changes, GroupRequest, Phase
from ui.actions import BINDINGS, Keymap
from ui.bridge import Bridge, EngineLike
from ui.detail import DetailPanel
from ui.escalations import EscalationsPanel
from ui.frame import Frame
from ui.groups import GroupsPanel
from ui.health import HealthPanel
from ui.icons import Icons
from ui.key_sheet import KeySheet
from ui.layouts import Docks
from ui.log import LogPanel
from ui.menus import Menus
from ui.notify import Notifier
from ui.orphans import OrphansPanel
from ui.panel import Panel
from ui.preferences import Preferences
from ui.rejected import RejectedPanel
from ui.search import SearchPalette
from ui.sound import Sound
from ui.stall import StallWatch
from ui.table import TablePanel
from ui.theme import SCALES, THEMES, Theme
from ui.ticket import BasketPanel, TicketPanel
from ui.top import Top

SETTLED_MS = 1500
SAID_MS = 8000

_AREA = Qt.DockWidgetArea


class MainWindow(QMainWindow):
    """The trader's screen on one engine.

    ``engine`` offers what ``ui.bridge.EngineLike`` names. ``settings_path``: where preferences
    are kept (None: nowhere). ``read_basket``: reads a basket file, raises ``BasketError``.
    ``safe_mode``: start without the kept preferences. ``closed`` is emitted when it closes.
    """

    closed = Signal()

    def __init__(
        self,
        engine: EngineLike,
        user: str = "trader",
        *,
        theme: str = "dark",
        banner: str = "PAPER",
        settings_path: Path | None = None,
        read_basket: Callable[[Path], tuple[GroupRequest, ...]] | None = None,
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
        self._phase = False
        self._orphans_before = 0
        self._build_panels(read_basket)
        self._build_top(banner)
        self._build_docks()
        self._wire()
        self._bind()
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.theme = Theme()
        self._dress(self._kept_theme(theme))
        self._restore()
        self._tick(False)
        QTimer.singleShot(SETTLED_MS, self, self._settled)

    # --- building ----------------------------------------------------------------------
    def _build_panels(self, read_basket: Callable[[Path], tuple[GroupRequest, ...]] | None) -> None:
        bridge, keymap = self.bridge, self.keymap
        # The order is the order of service in a frame: alarms first.
        self.escalations = EscalationsPanel(bridge, keymap)
        self.frame.add("glance", self._show_glance)
        self.orphans = OrphansPanel(bridge, keymap)
        self.groups = GroupsPanel(bridge, keymap)
        self.detail = DetailPanel(bridge, keymap)
        self.rejected = RejectedPanel(bridge, keymap)
        self.log = LogPanel(bridge, keymap)
        self.ticket = TicketPanel(bridge, keymap)
        self.basket = BasketPanel(bridge, keymap, read_basket)
        self.health = HealthPanel(bridge, keymap)
        self.keys = KeySheet(keymap)
        self.panels: tuple[Panel, ...] = (
            self.escalations,
            self.orphans,
            self.groups,
            self.detail,
            self.rejected,
            self.log,
            self.ticket,
            self.basket,
            self.health,
        )
        for panel in self.panels:
            self.frame.add(f"tick {panel.name}", partial(self._tick_panel, panel))

    def _build_top(self, banner: str) -> None:
        self.top = Top(self.bridge, banner, self._save_layout)
        self.glance = self.top.glance
        self.setMenuWidget(self.top)
        self.setCentralWidget(self.groups)
        self.palette_ = SearchPalette(self, self.bridge.engine.search, self.keymap)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setAccessibleName("Remarks")

    def _build_docks(self) -> None:
        docks = Docks(self, self.preferences)
        self.docks = docks
        docks.add(
            "escalations", "Escalations", self.escalations, _AREA.LeftDockWidgetArea, fixed=True
        )
        docks.add("detail", "Detail", self.detail, _AREA.RightDockWidgetArea)
        bottom = _AREA.BottomDockWidgetArea
        for name, title, panel in (
            ("orphans", "Orphans", self.orphans),
            ("rejected", "Rejected events", self.rejected),
            ("log", "Log", self.log),
            ("health", "Health", self.health),
            ("ticket", "New group", self.ticket),
            ("basket", "Basket", self.basket),
            ("keys", "Keys", self.keys),
        ):
            docks.add(name, title, panel, bottom)
        docks.stack("orphans", "rejected", "log", "health", "ticket", "basket", "keys")
        for name in ("ticket", "basket", "keys"):
            docks.dock(name).hide()
        docks.bring("rejected")
        self.menus = Menus(
            self.top.menu, docks, self.keymap, self.run, self.set_scale, self.top.layout_name.ask
        )

    def _wire(self) -> None:
        for panel in self.panels:
            panel.said.connect(self.say)
            panel.group_wanted.connect(self.show_group)
            for table in panel.tables:
                table.columns_changed.connect(lambda _, t=table: self._keep_columns(t))
        self.keys.said.connect(self.say)
        self.groups.chosen.connect(self.detail.show_group)
        self.groups.new_wanted.connect(lambda: self.run("go.ticket"))
        self.groups.import_wanted.connect(lambda: self.run("go.basket"))
        for panel, name, title in (
            (self.escalations, "escalations", "Escalations"),
            (self.orphans, "orphans", "Orphans"),
            (self.rejected, "rejected", "Rejected events"),
        ):
            panel.count_changed.connect(lambda n, d=name, t=title: self.docks.set_count(d, t, n))
        self.orphans.count_changed.connect(self._orphans_came)
        self.escalations.sounded.connect(self.sound.play)
        self.escalations.critical.connect(self.notifier.tell)
        self.bridge.listen(self._glance_at)
        self.bridge.failed.connect(self._failed)
        self.bridge.staleness.connect(self._stale)
        self.frame.faulted.connect(self._failed)
        self.frame.ticked.connect(self._tick)
        self.sound.changed.connect(self._sound_changed)
        self.palette_.found.connect(self._found)
        self.palette_.command.connect(self.run)
        self.keymap.changed.connect(lambda: self.preferences.set("keys", self.keymap.overrides()))

    def _bind(self) -> None:
        self._runs: dict[str, Callable[[], None]] = {
            "search": self.palette_.open_palette,
            "keys": lambda: self._go("keys", None),
            "go.escalations": lambda: self._go("escalations", self.escalations),
            "go.groups": self.groups.take_focus,
            "go.detail": lambda: self._go("detail", self.detail),
            "go.orphans": lambda: self._go("orphans", self.orphans),
            "go.rejected": lambda: self._go("rejected", self.rejected),
            "go.log": lambda: self._go("log", self.log),
            "go.health": lambda: self._go("health", self.health),
            "go.ticket": lambda: self._go("ticket", self.ticket),
            "go.basket": lambda: self._go("basket", self.basket),
            "next_alarm": self.escalations.next_unacknowledged,
            "kill": self.glance.press_kill,
            "arm": self._arm,
            "theme": self.switch_theme,
            "bigger": lambda: self._step_scale(1),
            "smaller": lambda: self._step_scale(-1),
            "filter": self._go_filter,
            "sound_test": self.sound.test,
            "quit": lambda: (self.close(), None)[1],
        }
        for binding in BINDINGS:
            if not binding.where and binding.name in self._runs and binding.name != "arm":
                self.keymap.connect_action(binding.name, self, partial(self.run, binding.name))

    # --- what the trader asks for ------------------------------------------------------
    def run(self, name: str) -> None:
        """Do an action by name (key, menu or palette)."""
        run = self._runs.get(name)
        if run is not None:
            run()
            return
        binding = next((b for b in BINDINGS if b.name == name), None)
        if binding is not None:
            self.say(f"“{binding.text}” works in {binding.where}: {self.keymap.shown(name)}")

    def say(self, text: str) -> None:
        """A short remark in the status line."""
        self.statusBar().showMessage(text, SAID_MS)

    def show_group(self, group_id: str) -> None:
        """Select a group in the groups panel and in the detail."""
        if not self.groups.show_group(group_id):
            self.say(f"Group {group_id} isn't in the table; its detail is shown")
            self.detail.show_group(group_id)

    def switch_theme(self) -> None:
        """Dark to light and back."""
        other = "light" if self.theme.name == "dark" else "dark"
        self._dress(Theme(other, self.theme.scale))
        self.preferences.set("theme", other)

    def set_scale(self, percent: int) -> None:
        """Text size in percent, 100 to 200."""
        self._dress(Theme(self.theme.name, percent))
        self.preferences.set("scale", percent)

    def _settled(self) -> None:
        """The window stands: what building it cost isn't a stall, and the sound can be tried."""
        self.stall.begin()
        self.sound.test()

    # --- inside: look ------------------------------------------------------------------
    def _kept_theme(self, wanted: str) -> Theme:
        name = self.preferences.get("theme", wanted)
        scale = self.preferences.get("scale", 100)
        return Theme(name if name in THEMES else wanted, scale if scale in SCALES else 100)

    def _dress(self, theme: Theme) -> None:
        self.theme = theme
        theme.apply(self)
        for panel in self.panels:
            panel.set_theme(theme)
        self.glance.set_theme(theme)
        self.palette_.set_theme(theme)
        self.notifier.set_theme(theme)
        self.setWindowIcon(Icons(theme).get("desk"))

    def _step_scale(self, step: int) -> None:
        at = min(range(len(SCALES)), key=lambda i: abs(SCALES[i] - self.theme.scale))
        self.set_scale(SCALES[max(0, min(len(SCALES) - 1, at + step))])

    # --- inside: going places ----------------------------------------------------------
    def _go(self, name: str, panel: Panel | None) -> None:
        self.docks.bring(name)
        if panel is not None:
            panel.take_focus()
        else:
            self.keys.tree.setFocus()

    def _go_filter(self) -> None:
        at: QWidget | None = self.focusWidget()
        while at is not None and not isinstance(at, Panel):
            at = at.parentWidget()
        tables = (at or self.groups).tables if isinstance(at, Panel) else self.groups.tables
        shown = [t for t in tables if t.isVisible()]
        if shown:
            shown[0].filter.setFocus()

    def _found(self, what: str, target: str) -> None:
        group = target.split("/", 1)[0]
        self.show_group(group)
        if "/" in target:
            self.docks.bring("detail")
            self.detail.show_group(group)
            self.detail.show_order(target)

    def _arm(self) -> None:
        self._go("orphans", self.orphans)
        self.orphans.arm.click()

    def _orphans_came(self, count: int) -> None:
        if count and not self._orphans_before:
            self.docks.bring("orphans")
        self._orphans_before = count

    # --- inside: each half second ------------------------------------------------------
    def _tick(self, phase: bool) -> None:
        self._phase = phase
        self.bridge.probe()
        self.health.set_stall(self.stall.worst_ms())
        self.frame.want("glance")
        for panel in self.panels:
            self.frame.want(f"tick {panel.name}")

    def _glance_at(self, changes: Changes) -> None:
        """An alarm is in the glance line with the next frame, everything else with the tick."""
        if changes.escalations or changes.orphans:
            self.bridge.probe()
            self.frame.want("glance")

    def _tick_panel(self, panel: Panel, deadline: float) -> bool:
        panel.tick(self._phase)
        return False

    def _show_glance(self, deadline: float) -> bool:
        self.glance.show_status(self.stall.worst_ms(), self.sound.trouble, self.sound.how)
        status = self.bridge.last_status
        critical = 0 if status is None else status.unacknowledged_critical
        killed = status is not None and status.phase is Phase.KILLED
        parts = [f"{critical} CRITICAL"] if critical else []
        parts += ["KILLED"] if killed else []
        parts += ["STALE"] if self.bridge.stale else []
        title = " · ".join([*parts, "Desk", *([self._banner] if self._banner else [])])
        if self.windowTitle() != title:
            self.setWindowTitle(title)
        return False

    # --- inside: trouble ---------------------------------------------------------------
    def _failed(self, what: str, why: str) -> None:
        self.log.add_own("ERROR", f"{what}: {why}")
        self.say(f"{what}: {why}")

    def _stale(self, stale: bool) -> None:
        if stale:
            self.log.add_own("ERROR", "the engine has been silent for 2 s: what is shown is old")
        else:
            self.log.add_own("INFO", "the engine answers again")
            for panel in self.panels:
                panel.refresh()
        self.frame.want("glance")

    def _sound_changed(self, trouble: str) -> None:
        if trouble:
            self.log.add_own("WARNING", f"alarm sound: {trouble}")
        self.frame.want("glance")

    # --- inside: preferences -----------------------------------------------------------
    def _keep_columns(self, table: TablePanel[Any]) -> None:
        kept = dict(self.preferences.get("columns", {}) or {})
        kept[table.name] = table.columns.state()
        self.preferences.set("columns", kept)

    def _restore(self) -> None:
        self.resize(1280, 800)
        self.docks.remember_default()
        columns = self.preferences.get("columns", {})
        for panel in self.panels:
            for table in panel.tables:
                if isinstance(columns, dict) and table.name in columns:
                    table.columns.restore(columns[table.name])
        geometry = self.preferences.get("geometry")
        if isinstance(geometry, str):
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(geometry.encode())))
        self._own_layout = self.docks.restore(self.preferences.get("docks"))
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
        if not self._own_layout:
            # Only now is the size of the window known.
            self._own_layout = True
            QTimer.singleShot(0, self, self.docks.share)
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
        self._go("basket", self.basket)
        self.basket.open_file(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.preferences.set("geometry", geometry)
        self.preferences.set("docks", self.docks.state())
        self.preferences.save()
        self.frame.stop()
        self.stall.stop()
        self.notifier.close()
        self.sound.close()
        self.bridge.close()
        super().closeEvent(event)
        self.closed.emit()
