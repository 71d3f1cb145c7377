// Every report in a real browser. `cargo xtask test` makes the reports and says where they and the browser are:
// REPORTS is a folder with the results of a run in each of its folders, CHROME the browser.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { everyFigureReads, figures } from "./hover.mjs";
import { everythingIsReached } from "./keyboard.mjs";
import { everyFigureIsPrinted } from "./print.mjs";
import { axeIsContent, figuresCanBeRead, isDark, itFits, unfold, valuesFit } from "./sight.mjs";
import { tables } from "./tables.mjs";

const { REPORTS, CHROME } = process.env;
const folders = readdirSync(REPORTS).map((name) => join(REPORTS, name));
/** A browser that is asked for one page from disk, and does nothing besides. */
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const DESK = { viewport: { width: 1280, height: 900 } };
/** 1280 pixels enlarged four times (WCAG 2.2, 1.4.10). */
const ENLARGED = { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };

let browser;
before(async () => {
  // Chromium's sandbox does not work for root, as whom tests run in containers.
  const isRoot = process.getuid?.() === 0;
  browser = await chromium.launch({ executablePath: CHROME, args: isRoot ? ["--no-sandbox", ...QUIET] : QUIET });
});
after(() => browser?.close());

/** Opens a report from disk, does something with it, and holds it to silence: nothing is said, nothing asked for. */
const open = async (folder, options, act) => {
  const context = await browser.newContext(options);
  const said = [];
  const page = await context.newPage();
  page.on("console", (message) => said.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  const address = pathToFileURL(join(folder, "report.html")).href;
  page.on("request", (request) => {
    const asked = request.url();
    if (asked !== address && !asked.startsWith("data:")) {
      said.push(`request: ${asked}`);
    }
  });
  try {
    await page.goto(address);
    await act(page);
    assert.deepEqual(said, []);
  } finally {
    await context.close();
  }
};

describe("the report", { concurrency: 2 }, () => {
  it("is there for every scenario", () => {
    assert.ok(folders.length > 0 && folders.every((folder) => existsSync(join(folder, "report.html"))));
  });
  for (const folder of folders) {
    const run = tables(folder);
    describe(run.stem, () => {
      it("opens from disk in silence, and its links lead somewhere", () =>
        open(folder, DESK, async (page) => {
          const lost = await page.evaluate(() =>
            [...document.querySelectorAll("a[href^='#']")].map((link) => link.getAttribute("href"))
              .filter((href) => !document.getElementById(href.slice(1))));
          assert.deepEqual(lost, []);
          await page.waitForLoadState("networkidle");
          assert.ok(await page.evaluate(() => document.fonts.check("16px Roboto")), "its font is in it");
        }));
      it("shows at the pointer what the tables say", () =>
        open(folder, DESK, async (page) => {
          const compared = await everyFigureReads(page, run);
          assert.ok(compared > 100, `only ${compared} numbers were compared`);
        }));
      it("can be used with the keyboard alone", () =>
        open(folder, DESK, async (page) => {
          const reached = await everythingIsReached(page);
          const least = 3 * (await figures(page)).length;
          assert.ok(reached > least, `${reached} places, and each figure alone has a box, a slider and a table`);
        }));
      for (const colorScheme of ["light", "dark"]) {
        it(`has no serious fault of accessibility, ${colorScheme}`, () =>
          open(folder, { ...DESK, colorScheme }, async (page) => {
            const [darkest, brightest] = await isDark(page);
            assert.ok(colorScheme === "dark" ? brightest < 64 : darkest > 224, `paper is ${darkest} to ${brightest}`);
            assert.ok((await figuresCanBeRead(page)) > 100);
            await unfold(page, "some");
            await axeIsContent(page);
          }));
      }
      for (const [where, screen] of [["enlarged four times", ENLARGED], ["on a phone", PHONE]]) {
        it(`fits ${where}`, () =>
          open(folder, screen, async (page) => {
            await valuesFit(page);
            await itFits(page);
          }));
      }
      it("prints every figure", () =>
        open(folder, { ...DESK, colorScheme: "dark" }, async (page) => {
          const printed = await everyFigureIsPrinted(page);
          assert.ok(printed.figures > 2, `${printed.figures} figures`);
        }));
    });
  }
});
