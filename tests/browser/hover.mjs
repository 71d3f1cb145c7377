// Reading a figure with the pointer.
import assert from "node:assert/strict";
import { agrees, iso } from "./tables.mjs";

const BANDS = { "5 %": "q05", "25 %": "q25", median: "q50", "75 %": "q75", "95 %": "q95" };
/** Places across each panel, from its first date to its last. */
const PLACES = [0, 0.2, 0.45, 0.7, 1];

/** Every figure that can be read at a date: what it holds, and where it stands on the page. */
export const figures = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("figure")].filter((figure) => figure.querySelector("script")).map((figure) => {
      const svg = figure.querySelector("svg");
      const [box, grain] = [svg.getBoundingClientRect(), svg.viewBox.baseVal.width / svg.width.baseVal.value];
      const scale = box.width / svg.width.baseVal.value;
      const texts = [...svg.querySelectorAll("text")]
        .map((text) => ({ text: text.textContent, x: Number(text.getAttribute("x")) / grain }));
      const { left, top } = { left: box.left + scrollX, top: box.top + scrollY };
      const readings = JSON.parse(figure.querySelector("script").textContent);
      return { name: figure.id.replace("figure-", ""), readings, texts, left, top, scale };
    }));

/** Points at a place of a figure, in its own pixels; returns what is read there, or null. */
const point = async (page, figure, x, y) => {
  await page.evaluate((top) => scrollTo(0, top), figure.top + y * figure.scale - 400);
  const at = await page.evaluate(() => [scrollX, scrollY]);
  const [left, top] = [figure.left + x * figure.scale - at[0], figure.top + y * figure.scale - at[1]];
  await page.mouse.move(left, top);
  return page.evaluate((left) => {
    const tip = document.querySelector(".tip");
    if (!tip) {
      return null;
    }
    const lines = [...tip.querySelectorAll("p:not(.date)")].map((line) => line.textContent);
    const crosses = [...tip.parentElement.querySelectorAll(".cross")].map((cross) => cross.getBoundingClientRect());
    const isSeen = tip.checkVisibility() && tip.getBoundingClientRect().width > 50;
    const off = Math.min(...crosses.map((cross) => Math.abs(cross.left + cross.width / 2 - left)));
    return { date: tip.querySelector(".date").textContent, lines, isSeen, off };
  }, left);
};

/** The lines that a figure's data hold for a date. */
const linesOf = (readings, at) =>
  readings.groups.flatMap((group) =>
    [...(group.title ? [group.title] : []), ...group.series.map((one) => `${one.name}: ${one.values[at]}`)]);

/** Holds what is read to the tables where they have it (troops and indicators); returns how many numbers were compared. */
const compare = (figure, tables, read) => {
  if (figure.name !== "troops" && !figure.name.startsWith("indicator-")) {
    return 0;
  }
  let [compared, signal] = [0, figure.name.replace("indicator-", "")];
  for (const line of read.lines) {
    if (figure.name === "troops" && !line.includes(": ")) {
      // A theatre without a label goes by its id.
      signal = `${tables.theatres.get(line) ?? line}.troops`;
    }
    const [, name, told] = line.match(/^(.*): (.*)$/) ?? [];
    const key = (statistic) => `${signal} ${iso(read.date)} ${statistic}`;
    if (name in BANDS) {
      const [own, middle] = [BANDS[name], "q50"].map((statistic) => tables.found.get(key(statistic)));
      assert.ok(own && middle, `${key(BANDS[name])} is not in summary.csv`);
      const error = Math.max(own.error, middle.error);
      assert.ok(agrees(told, { ...own, error }), `${key(name)}: ${told}, not ${own.value} ± ${error}`);
      compared += 1;
    } else if (name === "red" || name === "amber or red") {
      const share = tables.found.get(`${signal} ${name === "red" ? "red" : "amber"} ${iso(read.date)}`);
      assert.ok(share && agrees(told, share), `${key(name)}: ${told}, not ${share?.value}`);
      compared += 1;
    }
  }
  return compared;
};

/** The marks of an axis as `{ x, date }`: a month's name over its year. */
const marks = (figure) => {
  const years = figure.texts.filter(({ text }) => /^\d{4}$/.test(text));
  return figure.texts.flatMap(({ text, x }) => {
    const year = /^[A-Z][a-z]{2}$/.test(text) && years.find((year) => Math.abs(year.x - x) < 0.5);
    return year ? [{ x, date: Date.parse(iso(`1 ${text} ${year.text}`)) }] : [];
  });
};

/** Where the axis says that a month begins, what is read is of the nearest date there is. */
const agreesWithAxis = async (page, figure) => {
  const days = figure.readings.dates.map((date) => Date.parse(iso(date)));
  for (const { x, date } of marks(figure)) {
    const { top, bottom } = figure.readings.panels[0];
    const read = await point(page, figure, x, (top + bottom) / 2);
    const nearest = Math.min(...days.map((day) => Math.abs(day - date)));
    const off = Math.abs(Date.parse(iso(read.date)) - date);
    // A mark stands at a whole quarter of a pixel, which is less than a day.
    assert.ok(off <= nearest + 86_400_000, `${figure.name}: ${read.date} where the axis says ${new Date(date)}`);
  }
};

/** Points at every figure at several dates; all that is read must be right. */
export const everyFigureReads = async (page, tables) => {
  let compared = 0;
  for (const figure of await figures(page)) {
    for (const panel of figure.readings.panels) {
      for (const place of PLACES) {
        const at = Math.round(place * (figure.readings.dates.length - 1));
        const read = await point(page, figure, panel.at[at], (panel.top + panel.bottom) / 2);
        assert.ok(read?.isSeen, `${figure.name} shows nothing at ${figure.readings.dates[at]}`);
        assert.equal(read.date, figure.readings.dates[at], figure.name);
        assert.deepEqual(read.lines, linesOf(figure.readings, at), figure.name);
        assert.ok(read.off <= 1, `${figure.name}: the line is ${read.off} pixels from the pointer`);
        compared += compare(figure, tables, read);
      }
    }
    if (figure.readings.panels.every((panel) => panel.at.length === figure.readings.dates.length)) {
      await agreesWithAxis(page, figure);
    }
  }
  await page.mouse.move(1, 1);
  assert.equal(await page.locator(".tip").count(), 0, "a tip stays when the pointer has left");
  return compared;
};
