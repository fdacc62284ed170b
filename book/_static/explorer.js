/* The explorer of the policy lab. All numbers come from the page's own data; nothing is computed beyond differences.
   Without this script the tables stand; without Vega the controls and tables still work. */
(() => {
  "use strict";
  const MINUS = "\u2212";

  const signed = (value, digits) => {
    const text = Math.abs(value).toFixed(digits).replace(/\.?0+$/, "");
    return Number(text) === 0 ? "0" : (value < 0 ? MINUS : "+") + text;
  };
  const shown = (kind, value, bare) =>
    kind === "index" ? ((100 * value) / bare).toFixed(2)
      : kind === "percent" ? `${(100 * value).toFixed(2)} %` : value.toFixed(3);
  const change = (kind, value, bare) =>
    kind === "percent" ? 100 * (value - bare) : bare ? 100 * (value / bare - 1) : NaN;
  const difference = (kind, value) =>
    Number.isNaN(value) ? "" : `${signed(value, 2)} ${kind === "percent" ? "pp" : "%"}`;

  const spoken = (kind, value) => difference(kind, value).replace(" pp", " percentage points");

  class Explorer {
    constructor(root) {
      this.root = root;
      this.data = JSON.parse(root.querySelector(".explorer-data").textContent);
      this.axes = Object.fromEntries(this.data.axes.map((axis) => [axis.name, axis]));
      this.at = Object.fromEntries(this.data.axes.map((axis) => [axis.name, axis.start]));
      this.outcome = 0;
      this.controls = root.querySelector(".explorer-controls");
      this.controls.reset();
      this.controls.hidden = false;
      this.controls.addEventListener("submit", (event) => event.preventDefault());
      this.controls.addEventListener("input", (event) => this.move(event.target));
      this.update();
      this.draw();
    }

    move(control) {
      const axis = control.dataset.axis, place = Number(control.value);
      if (axis === "outcome") this.outcome = place;
      else this.at[axis] = place;
      this.update();
      this.say();
    }

    rule(setting) { return this.data.rules[setting.rule]; }

    enters(axis, setting) { return axis === "rule" || this.data.matters[this.rule(setting)].includes(axis); }

    /* Without support (always there) and with it: null where no equilibrium was found, undefined off the grid. */
    find(setting) {
      const key = this.data.order.map((axis) => (this.enters(axis, setting) ? setting[axis] : "-")).join(".");
      const bare = this.data.bare[this.data.economy.map((axis) => setting[axis]).join(".")];
      return { bare, values: this.data.cells[key], why: this.data.why[key] };
    }

    lack(values) { return values === null ? this.data.words.unsolved : this.data.words.unheld; }

    /* The cells of a row: without support, with it, difference. */
    compared(setting, place) {
      const { bare, values } = this.find(setting), kind = this.data.outcomes[place].kind;
      const base = shown(kind, bare[place], bare[place]);
      if (!values) return [base, this.lack(values), ""];
      const gap = difference(kind, change(kind, values[place], bare[place]));
      return [base, shown(kind, values[place], bare[place]), gap];
    }

    update() {
      for (const control of this.controls.querySelectorAll("input[data-axis]")) {
        const axis = control.dataset.axis, enters = this.enters(axis, this.at);
        const value = this.axes[axis].labels[this.at[axis]];
        const words = enters ? value : `${value}; ${this.data.words.without}`;
        control.setAttribute("aria-valuetext", words);
        this.controls.querySelector(`output[for="${control.id}"]`).textContent = words;
      }
      const label = this.data.outcomes[this.outcome].label;
      this.fill("outcomes", 2, this.axes.rule.labels[this.at.rule],
        this.data.outcomes.map((_, place) => this.compared(this.at, place)));
      this.fill("rules", 1, label,
        this.data.rules.map((_, rule) => this.compared({ ...this.at, rule }, this.outcome).slice(1)));
      const unit = this.data.outcomes[this.outcome].kind === "percent" ? "in percentage points" : "in %";
      this.root.querySelector(".explorer-chart-title").textContent =
        `${label}: difference to no support, ${unit}, by strength of AI`;
      this.plot();
    }

    fill(name, column, head, rows) {
      const table = this.root.querySelector(`table[data-table="${name}"]`);
      table.querySelectorAll("thead th")[column].textContent = head;
      table.querySelectorAll("tbody tr").forEach((row, place) =>
        row.querySelectorAll("td").forEach((cell, number) => { cell.textContent = rows[place][number]; }));
    }

    /* Say the setting and its headline outcomes, for those who do not see the tables. */
    say() {
      const { bare, values, why } = this.find(this.at);
      const setting = this.data.axes.filter((axis) => axis.name !== "fit" && this.enters(axis.name, this.at))
        .map((axis) => axis.labels[this.at[axis.name]]).join("; ");
      const places = [...new Set([this.outcome, ...this.data.headline])];
      const told = values ? "Against no support: " + places.map((place) => {
        const one = this.data.outcomes[place], gap = spoken(one.kind, change(one.kind, values[place], bare[place]));
        return `${one.label}: ${gap || shown(one.kind, values[place], bare[place])}`;
      }).join("; ") : `The lab: ${[this.lack(values), why].filter(Boolean).join(", ")}`;
      this.root.querySelector(".explorer-says").textContent = `${setting}. ${told}.`;
    }

    /* A setting without an equilibrium is a gap: null breaks the line. */
    points() {
      const { kind } = this.data.outcomes[this.outcome], found = [];
      this.data.rules.forEach((name, rule) => {
        if (name === "none") return;
        this.data.strengths.forEach((strength, place) => {
          const { bare, values } = this.find({ ...this.at, rule, strength: place });
          const gap = values ? change(kind, values[this.outcome], bare[this.outcome]) : NaN;
          const lack = values ? "" : this.lack(values);
          found.push({ rule: this.axes.rule.labels[rule], strength, change: Number.isNaN(gap) ? null : gap, lack });
        });
      });
      return found;
    }

    plot() {
      if (!this.picture) return;
      const points = this.points(), chosen = this.data.strengths[this.at.strength ?? 0];
      this.picture.data("points", points).data("chosen", [{ strength: chosen }])
        .signal("chosen_rule", this.axes.rule.labels[this.at.rule]).run();
      const here = points.filter((one) => one.strength === chosen);
      const kind = this.data.outcomes[this.outcome].kind;
      this.chart.setAttribute("aria-label", `${this.root.querySelector(".explorer-chart-title").textContent}. At ` +
        `${signed(chosen, 3)}: ${here.map((one) => `${one.rule} ${one.lack || spoken(kind, one.change ?? NaN)}`).join("; ")}.`);
    }

    async draw() {
      this.chart = this.root.querySelector(".explorer-chart");
      if (!window.vegaEmbed) return;
      this.chart.hidden = false;
      const place = this.chart.firstElementChild;
      const strict = { ast: true, defaultStyle: false, tooltip: false }; /* neither code nor styles made as it runs */
      /* Scales need data as they are made: without them the library complains of fields without an extent. */
      const chosen = [{ strength: this.data.strengths[this.at.strength ?? 0] }], { chart } = this.data;
      const filled = { ...chart, data: { ...chart.data, values: this.points() }, layer: chart.layer.map((one) =>
        one.data?.name === "chosen" ? { ...one, data: { ...one.data, values: chosen } } : one) };
      const made = await window.vegaEmbed(place, filled, { actions: false, renderer: "svg", ...strict });
      this.picture = made.view;
      this.plot();
    }
  }

  const start = () => document.querySelectorAll(".explorer").forEach((root) => new Explorer(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
