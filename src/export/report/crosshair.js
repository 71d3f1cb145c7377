"use strict";
// Reads a figure's values off at a date: with the pointer, or with a slider, which the arrow keys move.
const make = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

const follow = (figure, readings) => {
  const plot = figure.querySelector(".plot");
  const box = plot.parentElement;
  const svg = plot.querySelector("svg");
  const width = svg.width.baseVal.value;
  const grain = svg.viewBox.baseVal.width / width;
  const lines = readings.panels.map(() => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "cross");
    return line;
  });
  const tip = make("div", "tip", "");
  tip.setAttribute("aria-hidden", "true");
  const label = make("label", "slider", "Values at a date ");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = "0";
  slider.max = String(readings.dates.length - 1);
  slider.value = slider.max;
  label.append(slider);
  figure.append(label);

  const words = (at) => readings.groups.map((group) =>
    (group.title ? group.title + ": " : "") + group.series.map((one) => one.name + " " + one.values[at]).join(", "));

  const describe = (at) => {
    slider.setAttribute("aria-valuetext", readings.dates[at] + ". " + words(at).join(". "));
  };

  // Beside the line, on the side with more room, within what is in sight of a figure wider than its box.
  const place = (x, top) => {
    const [from, room] = [box.scrollLeft, box.clientWidth];
    tip.style.maxWidth = "min(22rem, " + room + "px)";
    // On a narrow screen there may be more to say than the figure is high.
    plot.style.minHeight = tip.offsetHeight + "px";
    const isRight = x - from > room / 2;
    const left = isRight ? x - tip.offsetWidth - 12 : x + 12;
    tip.style.left = Math.max(from, Math.min(left, from + room - tip.offsetWidth)) + "px";
    tip.style.top = Math.max(0, Math.min(top, plot.clientHeight - tip.offsetHeight)) + "px";
  };

  const show = (at, panel) => {
    lines.forEach((line, number) => {
      const frame = readings.panels[number];
      const x = frame.at[at] * grain;
      Object.entries({ x1: x, x2: x, y1: frame.top * grain, y2: frame.bottom * grain })
        .forEach(([key, value]) => line.setAttribute(key, String(value)));
      svg.append(line);
    });
    tip.replaceChildren(make("p", "date", readings.dates[at]));
    readings.groups.forEach((group) => {
      if (group.title) {
        tip.append(make("p", "group", group.title));
      }
      group.series.forEach((one) => tip.append(make("p", "", one.name + ": " + one.values[at])));
    });
    plot.append(tip);
    const scale = svg.getBoundingClientRect().width / width;
    place(panel.at[at] * scale, panel.top * scale);
    describe(at);
  };

  const hide = () => {
    lines.forEach((line) => line.remove());
    tip.remove();
    plot.style.minHeight = "";
  };

  const nearest = (places, x) => places.reduce((best, place, at) =>
    Math.abs(place - x) < Math.abs(places[best] - x) ? at : best, 0);

  const read = (event) => {
    const edges = svg.getBoundingClientRect();
    const scale = width / edges.width;
    const [x, y] = [(event.clientX - edges.left) * scale, (event.clientY - edges.top) * scale];
    const panel = readings.panels.find((frame) =>
      x >= frame.left - 8 && x <= frame.right + 8 && y >= frame.top && y <= frame.bottom);
    if (!panel) {
      hide();
      return;
    }
    const at = nearest(panel.at, x);
    slider.value = String(at);
    show(at, panel);
  };
  plot.addEventListener("pointermove", read);
  // A finger that is lifted has not gone elsewhere: what it touched stays until it touches something else.
  plot.addEventListener("pointerdown", read);
  plot.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") {
      hide();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!figure.contains(event.target)) {
      hide();
    }
  });
  const slide = () => {
    const [at, panel] = [Number(slider.value), readings.panels[readings.panels.length - 1]];
    // On a narrow screen the figure is wider than its box.
    box.scrollLeft = panel.at[at] * svg.getBoundingClientRect().width / width - box.clientWidth / 2;
    show(at, panel);
  };
  slider.addEventListener("input", slide);
  slider.addEventListener("focus", slide);
  slider.addEventListener("blur", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      hide();
    }
  });
  describe(Number(slider.value));
};

document.querySelectorAll("figure").forEach((figure) => {
  const data = figure.querySelector("script");
  if (data) {
    follow(figure, JSON.parse(data.textContent));
  }
});

// What is folded away is printed, too; a link into it opens it.
const opened = [];
addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not([open])").forEach((details) => {
    details.open = true;
    opened.push(details);
  });
});
addEventListener("afterprint", () => {
  opened.splice(0).forEach((details) => {
    details.open = false;
  });
});
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1));
  const details = target && target.closest("details");
  if (details) {
    details.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", unfold);
unfold();
