// What a run wrote beside its report, to hold the report to.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `23 Jul 2024` as `2024-07-23`. */
export const iso = (date) => {
  const [day, month, year] = date.split(" ");
  return [year, MONTHS.indexOf(month) + 1, day].map((part) => String(part).padStart(2, "0")).join("-");
};

/** The fields of a line of CSV. */
const fields = (line) =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);

const rows = (folder, name) => {
  const [header, ...lines] = readFileSync(join(folder, name), "utf8").trim().split("\n").map(fields);
  return lines.map((line) => Object.fromEntries(header.map((column, at) => [column, line[at]])));
};

/** An estimate with the larger distance to an end of its interval; none where nothing was left to chance. */
const estimate = (row, column) => {
  const [value, low, high] = [column, column.replace("value", "") + "lo95", column.replace("value", "") + "hi95"]
    .map((name) => (row[name] === "" ? NaN : Number(row[name])));
  return { value, error: Math.max(value - low, high - value) || 0 };
};

/** The tables of a run by keys such as `iraq.troops 2024-07-23 q05`, and what its scenario calls things. */
export const tables = (folder) => {
  const found = new Map();
  for (const row of rows(folder, "summary.csv")) {
    found.set(`${row.signal} ${row.date} ${row.statistic}`, estimate(row, "value"));
  }
  for (const row of rows(folder, "thresholds.csv")) {
    const shown = { value: row.probability_now, lo95: row.probability_now_lo95, hi95: row.probability_now_hi95 };
    const share = estimate(shown, "value");
    found.set(`${row.indicator} ${row.level} ${row.date}`, { value: 100 * share.value, error: 100 * share.error });
  }
  const scenario = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).scenario;
  const theatres = [...scenario.text.matchAll(/^\[theatres\.([^.\]]+)\]\n(?:(?!\[).*\n)*?label = "(.*)"$/gm)];
  return { found, theatres: new Map(theatres.map(([, id, label]) => [label, id])), stem: scenario.stem };
};

/** Whether a number as the report tells it is that of the table, rounded where its error begins. */
export const agrees = (told, { value, error }) => {
  const bound = told.match(/^([<>]) ([\d.]+) %$/);
  if (bound) {
    // One that was never or always seen shows how far it may be from that.
    return bound[1] === "<" ? value === 0 && Number(bound[2]) > 0 : value === 100 && Number(bound[2]) < 100;
  }
  const number = Number(told.replaceAll(",", "").replace("−", "-").replace(" %", ""));
  // Half a unit at the place of the error's leading digit, which rounding may have raised by one (0.95 to 1).
  // What has no error is told to six digits.
  const rounding = error > 0 ? error * 0.53 : 5e-6 * Math.abs(value);
  return told !== "" && Math.abs(number - value) <= rounding + 1e-9;
};
