"""How long a reader waits in a real browser: from opening an address, or from a click, until all is drawn."""

from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page

QUIET_MS, PATIENCE_MS = 400, 60_000
WATCH = """
window.settled = (title, since) => new Promise((resolve) => {
  const seen = (name) => [...document.querySelectorAll(name)].filter((each) => each.checkVisibility());
  const drawn = (name, ink) => seen(`[data-testid=${name}]`).every((each) => each.querySelector(ink));
  const done = () => {
    const app = document.querySelector('[data-testid=stApp]');
    const heading = document.querySelector('[data-testid=stMain] h1');
    return app !== null && app.dataset.testScriptState === 'notRunning'
      && app.dataset.testConnectionState === 'CONNECTED'
      && heading !== null && (title === null || heading.textContent.trim() === title)
      && seen('[data-testid=stSkeleton], [data-testid=stAppSkeleton], [data-stale=true]').length === 0
      && drawn('stVegaLiteChart', 'canvas, svg') && drawn('stDataFrame', 'canvas');
  };
  let began = null;
  const look = () => {
    const now = performance.now();
    began = done() ? began ?? now : null;
    if (began !== null && now - began > QUIET_MS) resolve(began - since);
    else if (now - since > PATIENCE_MS) resolve(Infinity);
    else requestAnimationFrame(look);
  };
  look();
});
""".replace("QUIET_MS", str(QUIET_MS)).replace("PATIENCE_MS", str(PATIENCE_MS))
LINKS = "[data-testid=stSidebarNavLink]"
MORE = "[data-testid=stSidebarNavViewButton]"
"""Unfolds a sidebar with too many pages to show."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page in the sidebar: its place there, its path, the title it shows."""

    place: int
    path: str
    title: str


class Tab:
    """One reader's browser: nothing of another's, nothing kept from before."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._url = url
        self._context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 800})
        self._context.add_init_script(WATCH)
        self._page: Page = self._context.new_page()

    def load(self, path: str = "/", title: str | None = None, zone: str = "UTC") -> float:
        """Open a page; milliseconds until all is drawn."""
        self._page.goto(f"{self._url}{path}?tz={zone}", wait_until="commit")
        waited = self.wait(title, since=0)
        self._page.evaluate("more => document.querySelector(more)?.click()", MORE)
        return waited

    def click(self, entry: Entry) -> None:
        """Go to a page by the sidebar, and do not wait."""
        self._page.evaluate(
            "([links, place]) => { window.clicked = performance.now();"
            " document.querySelectorAll(links)[place].click(); }",
            [LINKS, entry.place],
        )

    def wait(self, title: str | None, since: float | None = None) -> float:
        """Milliseconds from the last click, or from `since`, until all of the page with this title is drawn."""
        return float(
            self._page.evaluate(
                "([title, since]) => settled(title, since ?? window.clicked)", [title, since]
            )
        )

    def navigate(self, entry: Entry) -> float:
        """Go to a page by the sidebar; milliseconds until all is drawn."""
        self.click(entry)
        return self.wait(entry.title)

    def entries(self) -> list[Entry]:
        """Every page of the sidebar, with the title that it shows; walks through all of them."""
        self.load()
        paths: list[str] = self._page.eval_on_selector_all(
            LINKS, "links => links.map((each) => new URL(each.href).pathname)"
        )
        found: list[Entry] = []
        for place, path in enumerate(paths):
            self.load(path)
            title = self._page.locator("[data-testid=stMain] h1").first.text_content() or ""
            found.append(Entry(place, path, title.strip()))
        return found

    def close(self) -> None:
        """End the reader's visit."""
        self._context.close()
