#!/usr/bin/env python3
"""Does a run's page work in a real browser: offline, no console error, every chart drawn, by keyboard, at 400 pixels?

    STRATA=build/strata python3 tests/report.py
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

STRATA = os.environ.get("STRATA", "build/strata")
STACKS = ["bare_linux", "unikraft"]


def strata(*words, status=0):
    done = subprocess.run([STRATA, *words], capture_output=True, text=True)
    assert done.returncode == status, f"{words}: exit status {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def refusals(folder):
    said = strata("report", str(folder), status=2)
    assert "results.csv" in said and "strata run" in said, said


def numbers(page, folder):
    """The page holds the rows' values, every number's source, and nothing of the network."""
    text = page.read_text()
    stack = json.loads(strata("show", STACKS[1], "--json"))
    for number in stack["numbers"]:
        assert f"{number['file']}:{number['line']}" in text, number
    assert text.count('<tr class="assumed">') > 0
    body = text[text.index("<body>"):]
    assert "src=" not in body and "<link" not in body, "the page asks for something beside itself"


def measured(page):
    """The page of a measured set holds each median that its host.json says, and a chart a metric."""
    source = pathlib.Path("results/measured/shared_2core_vm")
    strata("report", str(source), "--out", str(page))
    text = page.read_text()
    cells = [cell for cell in json.loads((source / "host.json").read_text())["cells"] if cell.get("median") is not None]
    assert len(cells) > 20
    for cell in cells:
        assert f'data-value="{cell["median"]}"' in text, cell
        assert f"<h3>{cell['metric']}</h3>" in text, cell


def in_browser(page, folder):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    options = webdriver.ChromeOptions()
    for word in ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/browser"]:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    try:
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.emulateNetworkConditions",
                                {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False})
        browser.get(page.as_uri())
        drawn = """const charts = [...document.querySelectorAll('.js-plotly-plot')];
                   return charts.length > 4 && charts.every(chart => chart.querySelector('.main-svg'));"""
        WebDriverWait(browser, 60).until(lambda b: b.execute_script(drawn), "not every chart was drawn")
        wide = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1] == 400, f"the page is wider than the window: {wide}"

        # Only the keyboard from here: Tab comes to a heading of the table, Enter sorts by it, twice the other way.
        for _ in range(60):
            browser.switch_to.active_element.send_keys(Keys.TAB)
            if browser.execute_script("return document.activeElement.matches('#table th:nth-child(3) button')"):
                break
        else:
            raise AssertionError("Tab does not come to the table's headings")
        column = """const column = document.activeElement.closest('th').cellIndex;
                    return [document.activeElement.textContent, document.activeElement.closest('th').ariaSort, ...[...document.querySelectorAll('#table tbody tr')].map(
                      row => Number(row.cells[column].dataset.value))];"""
        for reverse in [False, True]:
            browser.switch_to.active_element.send_keys(Keys.ENTER)
            name, order, *values = browser.execute_script(column)
            assert order == ("descending" if reverse else "ascending"), order
            assert name == "value" and values == sorted(values, reverse=reverse) and len(values) > 10, (name, values)
        # And a closed part opens.
        for _ in range(200):
            browser.switch_to.active_element.send_keys(Keys.TAB)
            if browser.execute_script("return document.activeElement.matches('details:not([open]) > summary')"):
                break
        else:
            raise AssertionError("Tab does not come to a closed stack")
        browser.switch_to.active_element.send_keys(Keys.ENTER)
        assert browser.execute_script("return document.activeElement.parentElement.open")
        said = [entry["message"] for entry in browser.get_log("browser") if entry["level"] != "INFO"]
        assert not said, said
    finally:
        browser.quit()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        refusals(folder)
        measured(folder / "measured.html")
        stacks = [word for stack in STACKS for word in ("--stack", stack)]
        strata("run", "first-run", *stacks, "--trials", "3", "--no-figures", "--out", str(folder / "run"))
        strata("report", str(folder / "run"))
        page = folder / "run" / "report.html"
        assert sorted(path.name for path in (folder / "run").iterdir() if "report" in path.name) == ["report.html"]
        numbers(page, folder)
        if not shutil.which("chromedriver"):
            print("the page was not opened: chromedriver is not installed; on Debian: apt-get install chromium-driver")
            return 77
        in_browser(page, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
