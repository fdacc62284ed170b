/* Before printing: tables as wide as the page at most, in smaller type, then across the page, then with words broken;
   briefs in the largest type that fits one page. Returns what cannot be helped. All tables take a step together, so
   that the page is laid out once a step. */
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
  return faults;
}
