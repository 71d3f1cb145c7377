// What can be seen: on a phone, enlarged, in the dark, by people who see badly.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Opens what is folded away; all of it, or of the figures' numbers, which are all alike, only the first. */
export const unfold = (page, extent) =>
  page.evaluate((extent) => {
    const which = extent === "all" ? "details" : "details:not(.numbers), #figures section:first-of-type > details";
    document.querySelectorAll(which).forEach((details) => (details.open = true));
  }, extent);

/** axe-core finds no serious and no critical fault. Of texts in figures it cannot tell: `figuresCanBeRead` does. */
export const axeIsContent = async (page) => {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((n) => n.html) }));
  });
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(grave, []);
};

/** Texts of figures whose contrast with what is drawn behind them is less than WCAG 2.2 asks for (AA). */
const faint = () => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((part) => {
      const x = Number(part) / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  let looked = 0;
  for (const svg of document.querySelectorAll("figure svg")) {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const behind = [];
    for (const element of svg.querySelectorAll("rect, polygon, circle, path, text")) {
      const style = getComputedStyle(element);
      if (style.fill === "none") {
        continue;
      }
      const box = element.getBBox();
      if (element.localName !== "text") {
        behind.push({ element, box, fill: style.fill });
        continue;
      }
      const large = parseFloat(style.fontSize) * scale >= (Number(style.fontWeight) >= 700 ? 18.66 : 24);
      for (const share of [0.1, 0.5, 0.9]) {
        const point = svg.createSVGPoint();
        [point.x, point.y] = [box.x + share * box.width, box.y + box.height / 2];
        const covers = ({ element, box }) =>
          point.x >= box.x && point.x <= box.x + box.width && point.y >= box.y && point.y <= box.y + box.height &&
          element.isPointInFill(point);
        const paper = behind.findLast(covers);
        const ratio = paper ? contrast(style.fill, paper.fill) : 0;
        looked += 1;
        if (ratio < (large ? 3 : 4.5)) {
          const name = svg.closest("figure").id;
          found.push(`${name}: “${element.textContent}” ${style.fill} on ${paper?.fill}: ${ratio.toFixed(2)}`);
        }
      }
    }
  }
  return { found, looked };
};

/** Every text of every figure stands out from what is behind it. */
export const figuresCanBeRead = async (page) => {
  const { found, looked } = await page.evaluate(faint);
  assert.deepEqual(found, []);
  return looked;
};

/** Whether paper, of the page and of figures, is dark. */
export const isDark = (page) =>
  page.evaluate(() => {
    const colours = [getComputedStyle(document.body).backgroundColor];
    document.querySelectorAll("figure svg").forEach((svg) => colours.push(getComputedStyle(svg.querySelector("rect")).fill));
    const brightest = (colour) => Math.max(...colour.match(/\d+/g).slice(0, 3).map(Number));
    return [Math.min(...colours.map(brightest)), Math.max(...colours.map(brightest))];
  });

/** What is cut off or makes the whole page scroll sideways; what lies in a box that scrolls by itself is not. */
const misfits = () => {
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    found.push(`the page is ${document.documentElement.scrollWidth} pixels wide in a window of ${width}`);
  }
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  for (const element of document.body.querySelectorAll("*")) {
    const isHidden = element.closest(".unseen, .skip, svg, script, style, noscript") || !element.checkVisibility();
    if (isHidden) {
      continue;
    }
    const [style, box] = [getComputedStyle(element), element.getBoundingClientRect()];
    const cuts = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
    if (cuts && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)) {
      found.push(`cut off: ${element.outerHTML.slice(0, 100)}`);
    }
    let around = element.parentElement;
    while (around && !scrolls(around)) {
      around = around.parentElement;
    }
    if (!around && (box.right > width + 1 || box.left < -1) && !scrolls(element)) {
      found.push(`outside the window: ${element.outerHTML.slice(0, 100)}`);
    }
  }
  return found;
};

/** Nothing is cut off, be it folded or not. */
export const itFits = async (page) => {
  assert.deepEqual(await page.evaluate(misfits), []);
  await unfold(page, "all");
  assert.deepEqual(await page.evaluate(misfits), []);
};

/** Every figure's values at its first and its last date can be seen whole. */
export const valuesFit = async (page) => {
  for (const slider of await page.locator("figure input[type=range]").all()) {
    for (const key of ["Home", "End"]) {
      await slider.press(key);
      const [tip, box] = await slider.evaluate((slider) => {
        const figure = slider.closest("figure");
        const edges = (element) => element.getBoundingClientRect().toJSON();
        return [edges(figure.querySelector(".tip")), edges(figure.querySelector(".scroll"))];
      });
      const isWhole = tip.left >= box.left - 1 && tip.right <= box.right + 1 && tip.bottom <= box.bottom + 1;
      assert.ok(isWhole, `a figure's values are cut off: ${JSON.stringify({ key, tip, box })}`);
    }
  }
};
