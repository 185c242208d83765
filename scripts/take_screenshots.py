"""Takes the pictures of the documentation from a running demo: python scripts/take_screenshots.py [DASHBOARD_URL].

Every page that the navigation names, at 1280 pixels, and the Overview once more in the dark and on a phone.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
LINKS = "[data-testid=stSidebarNavLink]"
RANGES = {"/": "30d", "/alerts": "24h", "/traces": "24h"}
"""What a page is looked at over; a week elsewhere."""
DRAWN = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && document.querySelector('[data-testid=stMain] h1') !== null
    && document.querySelector('[data-testid=stSkeleton], [data-stale=true]') === null"""
DESKTOP: ViewportSize = {"width": 1280, "height": 960}
PHONE: ViewportSize = {"width": 390, "height": 844}


def main(dashboard_url: str) -> None:
    """Open each page, wait until it is drawn, and save it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        for path in paths(browser, dashboard_url):
            take(browser, dashboard_url, path, path.strip("/") or "overview")
        take(browser, dashboard_url, "/", "overview-dark", dark=True)
        take(browser, dashboard_url, "/", "overview-phone", PHONE)
        browser.close()


def paths(browser: Browser, dashboard_url: str) -> list[str]:
    """Where the navigation leads."""
    page = browser.new_page(viewport=DESKTOP)
    drawn(page, dashboard_url)
    more = page.get_by_test_id("stSidebarNavViewButton")
    if more.count():
        more.click()
    found: list[str] = page.eval_on_selector_all(
        LINKS, "links => links.map(each => new URL(each.href).pathname)"
    )
    page.close()
    return found


def take(
    browser: Browser,
    dashboard_url: str,
    path: str,
    name: str,
    size: ViewportSize = DESKTOP,
    *,
    dark: bool = False,
) -> None:
    """One picture."""
    page = browser.new_page(viewport=size, color_scheme="dark" if dark else "light")
    drawn(page, f"{dashboard_url}{path}?range={RANGES.get(path, '7d')}&tz=UTC")
    (IMAGES / f"{name}.png").write_bytes(page.screenshot())
    print(f"{name}.png")
    page.close()


def drawn(page: Page, url: str) -> None:
    """Open it and wait until everything is there."""
    page.goto(url)
    page.wait_for_function(DRAWN, timeout=60_000)
    page.wait_for_timeout(3_000)  # charts draw after their text


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8501")
