"""Takes the pictures of the documentation from a running demo: python scripts/take_screenshots.py [DASHBOARD_URL]."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PAGES = {
    "": "What changed",
    "spend": "Daily spend by model",
    "alerts": "History",
    "quality": "Accuracy",
    "health": "Services",
}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main(dashboard_url: str) -> None:
    """Open each page at 1280 pixels, wait for its figures, and save it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        for name, awaited in PAGES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 960})
            page.goto(f"{dashboard_url}/{name}?range=30d&tz=UTC")
            page.get_by_text(awaited).first.wait_for(timeout=60_000)
            page.wait_for_timeout(3_000)  # charts draw after their text
            page.screenshot(path=IMAGES / f"{name or 'overview'}.png")
            print(f"{name or 'overview'}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8501")
