// The page on paper.
import assert from "node:assert/strict";

// Only text is read from PDFs; what draws them is asked for all the same, and its lack complained of.
globalThis.DOMMatrix ??= class {};
globalThis.Path2D ??= class {};
const { getDocument } = await import("pdfjs-dist/legacy/build/pdf.mjs");

/** Words without the spaces between them, which a PDF need not keep. */
const bare = (text) => text.replaceAll(/\s/g, "");

/** The text of each page of a PDF, and whether all of it lies on the paper. */
const pages = async (pdf) => {
  const document = await getDocument({ data: new Uint8Array(pdf), useSystemFonts: true, verbosity: 0 }).promise;
  const found = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    const [, , width, height] = page.view;
    const { items } = await page.getTextContent();
    const beyond = items.filter(({ str, transform: [, , , , x, y], width: long }) =>
      str.trim() && (x < 0 || y < 0 || x + long > width + 1 || y > height));
    found.push({ text: bare(items.map(({ str }) => str).join("")), beyond: beyond.map(({ str }) => str) });
  }
  await document.destroy();
  return found;
};

/** Every figure is printed whole, on one page, in the light, with its numbers; returns how many pages there are. */
export const everyFigureIsPrinted = async (page) => {
  const figures = await page.evaluate(() =>
    [...document.querySelectorAll("figure")].map((figure) => ({
      name: figure.id,
      texts: [...figure.querySelectorAll("svg text")].map((text) => text.textContent),
      captions: [...figure.parentElement.querySelectorAll("details caption")].map((caption) => caption.textContent),
    })));
  const printed = await pages(await page.pdf({ preferCSSPageSize: true, format: "A4" }));
  for (const { name, texts, captions } of figures) {
    const lacks = printed.map(({ text }) => texts.filter((words) => !text.includes(bare(words))));
    const best = lacks.reduce((best, lack) => (lack.length < best.length ? lack : best));
    assert.deepEqual(best, [], `no page has all of ${name}`);
    for (const caption of captions) {
      assert.ok(printed.some(({ text }) => text.includes(bare(caption))), `the table “${caption}” is not printed`);
    }
  }
  assert.deepEqual(printed.flatMap(({ beyond }) => beyond), [], "beyond the paper's edge");
  return { figures: figures.length, pages: printed.length };
};
