// The page without a pointer.
import assert from "node:assert/strict";

/** The elements that a person can act on, and what the keyboard has under it. */
const install = () => {
  const all = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
  const name = (element) => element.outerHTML.slice(0, 100);
  const places = new Map([...document.querySelectorAll(all)].map((element, place) => [element, place]));
  window.focused = () => {
    const element = document.activeElement;
    if (!element || element === document.body) {
      return null;
    }
    const [style, box] = [getComputedStyle(element), element.getBoundingClientRect()];
    return {
      place: places.get(element),
      name: name(element),
      kind: element.matches("summary") ? "summary" : element.type,
      isMarked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      isSeen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
  };
  window.isFolded = () => !document.activeElement.closest("details").open;
  // A page with all its tables open is slow: one at a time.
  window.foldOthers = () => document.querySelectorAll("details[open]").forEach((details) => {
    details.open = details.contains(document.activeElement);
  });
  window.missed = (reached) => {
    document.querySelectorAll("details").forEach((details) => (details.open = true));
    const missed = [...places].filter(([element, place]) => element.checkVisibility() && !reached.includes(place));
    return missed.map(([element]) => name(element));
  };
};

const states = (page) =>
  page.evaluate(() => {
    const [slider, tip] = [document.activeElement, document.querySelector(".tip")];
    const readings = JSON.parse(slider.closest("figure").querySelector("script").textContent);
    const at = Number(slider.value);
    const expected = readings.groups.flatMap((group) => group.series.map((one) => `${one.name}: ${one.values[at]}`));
    const shown = tip ? [...tip.querySelectorAll("p:not(.date):not(.group)")].map((line) => line.textContent) : null;
    const spoken = slider.getAttribute("aria-valuetext");
    const [date, last] = [readings.dates[at], readings.dates.length - 1];
    return { at, last, date, expected, shown, spoken, tip: tip?.querySelector(".date").textContent };
  });

/** The arrow keys move the reading of the slider that has the focus. */
const slides = async (page, name) => {
  const after = async (key) => {
    await page.keyboard.press(key);
    const state = await states(page);
    assert.equal(state.tip, state.date, `${name} after ${key}`);
    assert.deepEqual(state.shown, state.expected, `${name} after ${key}`);
    assert.ok(state.spoken.startsWith(state.date), `${name} says ${state.spoken}`);
    return state;
  };
  assert.equal((await after("Home")).at, 0);
  assert.equal((await after("ArrowRight")).at, 1);
  assert.equal((await after("ArrowRight")).at, 2);
  assert.equal((await after("ArrowLeft")).at, 1);
  const end = await after("End");
  assert.equal(end.at, end.last);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".tip").count(), 0, `${name}: Escape takes the values away`);
};

/** Walks the whole page with the tab key, unfolds what is folded, and moves every slider. */
export const everythingIsReached = async (page) => {
  await page.evaluate(install);
  await page.evaluate(() => scrollTo(0, 0));
  const reached = new Set();
  for (let steps = 0; steps < 5000; steps += 1) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => window.focused());
    // Past the last one the focus leaves the page.
    if (!now || (now.place === 0 && reached.size > 1)) {
      break;
    }
    assert.ok(now.isMarked, `the focus cannot be seen on ${now.name}`);
    assert.ok(now.isSeen, `the focus is outside the window on ${now.name}`);
    if (now.kind === "summary") {
      await page.evaluate(() => window.foldOthers());
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => window.isFolded()), false, `Enter unfolds ${now.name}`);
    }
    if (now.kind === "range") {
      await slides(page, now.name);
    }
    reached.add(now.place);
  }
  const missed = await page.evaluate((reached) => window.missed(reached), [...reached]);
  assert.deepEqual(missed, [], "the tab key does not reach these");
  return reached.size;
};
