"""Looks for barriers in pages by axe-core (WCAG 2.2 A and AA, best practices), light and dark, at 1280 and 390 px.

    python3 check-pages.py PAGE.html ...

Needs axe-playwright-python and playwright (PyPI) and Debian's chromium. Every <details> is opened first. Prints each finding with
the elements, and ends with 1 where there is one.
"""

import pathlib
import shutil
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

SIZES = [(1280, 900), (390, 844)]


def main():
    pages = [pathlib.Path(name).resolve() for name in sys.argv[1:]]
    if not pages:
        sys.exit(__doc__)
    found = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for path in pages:
            for scheme in ["light", "dark"]:
                for width, height in SIZES:
                    # The page's policy refuses foreign scripts, axe's too.
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
                    page = context.new_page()
                    problems = []
                    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
                    page.on("pageerror", lambda error: problems.append(str(error)))
                    page.goto(path.as_uri())
                    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                    page.evaluate("document.querySelectorAll('.card').forEach((one) => one.scrollIntoView())")
                    page.wait_for_timeout(500)
                    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                    results = Axe().run(page, options={"resultTypes": ["violations"]}).response
                    for violation in results["violations"]:
                        places = [str(node["target"][0]) for node in violation["nodes"]]
                        problems.append(f"{violation['id']} ({violation['impact']}, {len(places)}): {', '.join(places[:4])}")
                    if overflow > 0:
                        problems.append(f"wider than the screen by {overflow} px")
                    for problem in problems:
                        print(f"{path.name} {scheme} {width}: {problem}")
                    found += len(problems)
                    context.close()
        browser.close()
    print(f"{len(pages)} pages, {found} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
