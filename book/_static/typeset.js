/* Before printing: tables as wide as the page at most, in smaller type, then across the page, then with words broken;
   briefs in the largest type that fits one page; hatches as lines. Returns what cannot be helped. All tables take a
   step together, so that the page is laid out once a step. */
() => {
  const faults = [];
  for (const link of document.querySelectorAll('a[href^="#"]')) { // what it led to may be for screens only
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) link.removeAttribute("href");
  }
  const wider = (tables) => tables.filter((table) =>
    Math.max(table.scrollWidth, table.offsetWidth) > table.parentElement.clientWidth + 1);
  const shrink = (tables, from, to) => {
    for (let size = from; size >= to && tables.length; size -= 0.4) {
      for (const table of tables) table.style.fontSize = `${size}pt`;
      tables = wider(tables);
    }
    return tables;
  };
  const across = (table) => {
    let holder = table.closest("figure.exhibit");
    if (!holder) {
      holder = document.createElement("div");
      table.replaceWith(holder);
      holder.append(table);
    }
    holder.classList.add("is-wide");
    holder.style.width = "257mm"; // what such a page will hold, for measuring
    table.style.fontSize = "";
  };
  let tables = wider([...document.querySelectorAll("main table")].filter((table) => !table.closest(".brief")));
  tables = shrink(tables, 8.4, 7.2);
  tables.forEach(across);
  tables = shrink(tables, 8.8, 6.8);
  for (const table of tables) table.classList.add("is-wrapped");
  tables = wider(tables);
  for (const holder of document.querySelectorAll(".is-wide")) holder.style.width = "";
  for (const table of tables) faults.push(`a table is wider than the page: ${table.textContent.trim().slice(0, 60)}`);
  const edge = document.documentElement.clientWidth + 1; // Chromium would print everything smaller to make room
  const past = [...document.querySelectorAll("main *")].find((one) => one.getBoundingClientRect().right > edge
    && !one.closest("svg, math, .is-wide, .brief"));
  if (past) faults.push(`wider than the page: <${past.localName}> ${past.textContent.trim().slice(0, 60)}`);
  for (const brief of document.querySelectorAll(".brief")) {
    const holds = () => brief.scrollHeight <= brief.clientHeight + 1
      && [...brief.querySelectorAll(".exhibit-drawing")].every((one) => one.clientHeight >= 190);
    let size = 10.5;
    do brief.style.setProperty("--brief-size", `${(size -= 0.1).toFixed(1)}pt`); while (size > 7 && !holds());
    if (!holds()) faults.push("the brief does not fit one page: name fewer exhibits");
  }
  /* Chromium prints a shape that is filled with a pattern as a bitmap. Instead the pattern's parts are repeated over
     the shape and clipped to it. The tiles of a path are one path, so that lines that meet or overlap do not show. */
  const INHERITED = ["color", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity",
    "stroke-linecap", "stroke-linejoin", "stroke-dasharray"];
  const make = (name, attributes) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    return one;
  };
  const shifted = (d, [right, down]) => {
    let count = 0;
    return d.replace(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi, (x) =>
      ` ${+(Number(x) + (count++ % 2 ? down : right)).toFixed(3)}`);
  };
  const tiled = (pattern, box) => {
    const whole = pattern.patternUnits.baseVal === SVGUnitTypes.SVG_UNIT_TYPE_OBJECTBOUNDINGBOX;
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => {
      const { valueInSpecifiedUnits: part, value } = pattern[name].baseVal;
      const along = name === "x" || name === "width" ? box.width : box.height;
      return whole ? part * along + (name.length === 1 ? box[name] : 0) : value;
    });
    const turned = pattern.patternTransform.baseVal.consolidate()?.matrix ?? new DOMMatrix();
    const back = DOMMatrix.fromMatrix(turned).inverse();
    const corners = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([right, down]) =>
      back.transformPoint(new DOMPoint(box.x + right * box.width, box.y + down * box.height)));
    const range = (values, from, step) => {
      const first = Math.floor((Math.min(...values) - from) / step);
      const count = Math.ceil((Math.max(...values) - from) / step) - first;
      return Array.from({ length: Math.max(count, 0) }, (_, at) => (first + at) * step);
    };
    const rights = range(corners.map((one) => one.x), x, width);
    const downs = range(corners.map((one) => one.y), y, height);
    const tiles = rights.flatMap((right) => downs.map((down) => [right + x, down + y]));
    const { a, b, c, d, e, f } = turned;
    const group = make("g", { transform: `matrix(${[a, b, c, d, e, f]})` });
    const looks = getComputedStyle(pattern);
    for (const name of INHERITED) group.style.setProperty(name, looks.getPropertyValue(name));
    for (const part of pattern.children) {
      const drawn = part.getAttribute("d"), one = part.cloneNode(true);
      const [wide, high] = ["width", "height"].map((name) => Number(part.getAttribute(name)));
      if (part.localName === "rect" && getComputedStyle(part).fill === "none" && !part.hasAttribute("stroke")) continue;
      if (part.localName === "rect" && wide >= width && high >= height && tiles.length) { // the ground of all tiles
        one.setAttribute("x", tiles[0][0]);
        one.setAttribute("y", tiles[0][1]);
        one.setAttribute("width", rights.length * width);
        one.setAttribute("height", downs.length * height);
        group.append(one);
      } else if (part.localName === "path" && /^[-+\d.,\seMLCQSTZz]*$/.test(drawn)) {
        one.setAttribute("d", tiles.map((tile) => shifted(drawn, tile)).join(""));
        group.append(one);
      } else {
        for (const tile of tiles) {
          const place = make("g", { transform: `translate(${tile})` });
          place.append(part.cloneNode(true));
          group.append(place);
        }
      }
    }
    return group;
  };
  const shapes = ":is(path, rect, circle, ellipse, polygon, polyline, use)";
  const hatched = [...document.querySelectorAll(`svg:has(pattern) ${shapes}`)]
    .filter((shape) => !shape.closest("pattern, clipPath, mask, symbol, marker"))
    .map((shape) => [shape, getComputedStyle(shape), /^url\("?#(.+?)"?\)/.exec(getComputedStyle(shape).fill)?.[1]])
    .map(([shape, looks, name]) => [shape, looks, name && document.getElementById(decodeURIComponent(name))])
    .filter(([, , pattern]) => pattern?.localName === "pattern");
  for (const [number, [shape, looks, pattern]] of hatched.entries()) {
    if (["viewBox", "href", "xlink:href", "patternContentUnits"].some((name) => pattern.hasAttribute(name))) {
      faults.push(`the pattern ${pattern.id} cannot be drawn as lines: it has a viewBox, href or patternContentUnits`);
      continue;
    }
    const clip = make("clipPath", { id: `hatched-${number}` }), outline = shape.cloneNode(true);
    for (const name of ["id", "class", "style", "clip-path", "transform"]) outline.removeAttribute(name);
    outline.style.clipRule = looks.fillRule;
    clip.append(outline);
    const inner = make("g", { "clip-path": `url(#hatched-${number})` });
    inner.append(tiled(pattern, shape.getBBox()));
    const outer = make("g", {});
    if (shape.hasAttribute("transform")) outer.setAttribute("transform", shape.getAttribute("transform"));
    if (looks.clipPath !== "none") outer.style.clipPath = looks.clipPath;
    if (looks.fillOpacity * looks.opacity < 1) outer.style.opacity = looks.fillOpacity * looks.opacity;
    outer.append(clip, inner);
    shape.before(outer);
    shape.style.fill = "none";
  }
  return faults;
}
