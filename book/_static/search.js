/* Searches the words of the book (search-text.js): every word of the query must stand in a section or exhibit.
   Latin words match from their beginning, numbers as a whole, Korean words anywhere, since particles follow them. */
(() => {
  "use strict";
  const MOST = 60, AROUND = 90;
  const out = document.getElementById("search-results"), form = out?.parentElement.querySelector("form.bd-search");
  if (!form) return;
  const WORDS = new URL("search-text.js", document.currentScript.src).href;
  let pages = [], texts = [];

  /* One spelling for alike signs, letter for letter, so that a hit in the folded text can be shown in the text itself. */
  const LIKE = { "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2018": "'", "\u2019": "'", "\u00a0": " ", "\u202f": " " };
  const folded = (text) => text.replace(/[\u2212\u2010\u2011\u2013\u2018\u2019\u00a0\u202f]/g, (one) => LIKE[one]).toLowerCase();
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  /* The pattern of one word: blanks may stand before a percent sign and for a hyphen, and commas inside a number. */
  const pattern = (word) => {
    const number = word.match(/^([+-]?)(\d[\d,]*(?:\.\d+)?)(%?)$/);
    if (number) {
      const [whole, rest] = number[2].replaceAll(",", "").split(".");
      const digits = [...whole].join(",?") + (rest ? `\\.${rest}` : "");
      return `(?<![\\d.,]\\d*)${escaped(number[1])}${digits}(?![\\d]|[.,]\\d)${number[3] ? "\\s?%" : ""}`;
    }
    const body = escaped(word).replaceAll("-", "[-\\s]?").replace(/\s+/g, "\\s+");
    return /^[\p{Script=Latin}\d]/u.test(word) ? `(?<![\\p{L}\\d])${body}` : body;
  };
  /* A word as it is; if nothing holds it, without its ending or particle. */
  const forms = (word) => {
    const short = /[\uac00-\ud7a3]/.test(word)
      ? word.replace(/(에서|으로|까지|부터|은|는|이|가|을|를|의|에|로|와|과|도)$/, "")
      : word.replace(/(ies|ied|ing|ed|es|s|y)$/, "");
    return short !== word && short.length > 1 ? [word, short] : [word];
  };

  const words = (query) => [...folded(query.normalize("NFC")).matchAll(/"([^"]+)"|(\S+)/g)]
    .map((found) => (found[1] || found[2]).replace(/^[("'[]+|[)"'\],.;:?!]+$/g, "")).filter(Boolean);

  const take = ({ pages: held, places }) => {
    pages = held;
    texts = places.map(([page, anchor, heading, text]) => ({
      page, anchor, heading, text, folded: folded(text), head: folded(`${pages[page][1]} ${heading}`), own: folded(heading || pages[page][1]),
    }));
  };
  /* The words are most of the page's weight: they come with the first letter typed or the first query. */
  let coming = null;
  const load = () => coming ||= new Promise((done, failed) => {
    if (window.bookWords) { done(take(window.bookWords)); return; }
    const script = document.createElement("script");
    script.src = WORDS;
    script.addEventListener("load", () => done(take(window.bookWords)));
    script.addEventListener("error", () => { coming = null; script.remove(); failed(new Error(WORDS)); });
    document.head.append(script);
  });

  const held = (text, one) => (text.match(one) || []).length;

  const find = (query) => {
    const wanted = words(query).map((word) => {
      const tries = forms(word).map((form) => new RegExp(pattern(form), "gu"));
      return tries.find((one) => texts.some((place) => held(place.folded, one) || held(place.head, one))) || tries[0];
    });
    if (!wanted.length) return { wanted, hits: [] };
    const hits = [];
    for (const place of texts) {
      let score = 0, all = true;
      for (const one of wanted) {
        const inText = held(place.folded, one), inOwn = held(place.own, one);
        if (!inText && !held(place.head, one)) { all = false; break; }
        score += Math.min(inText, 5) + 10 * Math.min(inOwn, 1) + (place.page === 0 ? 1 : 0);
      }
      if (all) hits.push({ place, score });
    }
    return { wanted, hits: hits.sort((a, b) => b.score - a.score) };
  };

  const make = (name, text, into) => {
    const tag = document.createElement(name);
    if (text) tag.textContent = text;
    if (into) into.append(tag);
    return tag;
  };

  /* Text as it is, its Korean words named as such, so that they are read aloud in Korean. */
  const say = (text, into) => {
    text.split(/([\uac00-\ud7a3]+(?:[ ·]+[\uac00-\ud7a3]+)*)/).forEach((piece, place) => {
      if (place % 2) make("span", piece, into).lang = "ko";
      else if (piece) into.append(piece);
    });
    return into;
  };

  /* The words around the first hit, with every hit in them marked. */
  const excerpt = ({ text, folded }, wanted, into) => {
    const firsts = wanted.map((one) => folded.search(one)).filter((at) => at >= 0);
    const start = firsts.length ? Math.max(0, Math.min(...firsts) - AROUND) : 0;
    const from = start ? text.indexOf(" ", start) + 1 : 0, end = Math.min(text.length, from + 3 * AROUND);
    const spans = wanted.flatMap((one) => [...folded.slice(0, end).matchAll(one)].map((hit) => [hit.index, hit.index + hit[0].length]))
      .filter(([at]) => at >= from).sort((a, b) => a[0] - b[0]);
    let at = from;
    if (from) into.append("… ");
    for (const [begin, stop] of spans) {
      if (begin < at) continue;
      say(text.slice(at, begin), into);
      say(text.slice(begin, stop), make("mark", "", into));
      at = stop;
    }
    say(text.slice(at, end) + (end < text.length ? " …" : ""), into);
  };

  /* The place for what is said stands before anything is said in it: only then is it read aloud. */
  const status = make("p", "", out), results = make("div", "", out);
  status.setAttribute("role", "status");
  status.className = "search-status";

  const show = (query) => {
    const { wanted, hits } = find(query);
    status.replaceChildren();
    results.replaceChildren();
    if (!wanted.length) return;
    const on = new Set(hits.map((hit) => hit.place.page)).size;
    say(hits.length
      ? `${hits.length} ${hits.length === 1 ? "place" : "places"} on ${on} ${on === 1 ? "page" : "pages"} for \u201c${query}\u201d` +
        (hits.length > MOST ? `; the best ${MOST} are below.` : ".")
      : `Nothing in the book holds all of \u201c${query}\u201d. Fewer words find more; a number is found as it is printed.`, status);
    const list = make("ul", "", results);
    list.className = "search";
    for (const { place } of hits.slice(0, MOST)) {
      const item = make("li", "", list), link = make("a", "", item);
      link.href = pages[place.page][0] + (place.anchor ? `#${place.anchor}` : "");
      say(place.heading || pages[place.page][1], link);
      if (place.heading) say(` in ${pages[place.page][1]}`, make("span", "", item)).className = "search-page";
      excerpt(place, wanted, make("p", "", item));
    }
    if (!hits.length) list.remove();
  };

  let asked = "";
  const search = async (query) => {
    asked = query;
    try { await load(); } catch {
      status.textContent = "The words of the book did not arrive. Try the search again.";
      return;
    }
    if (query === asked) show(query);
  };

  const field = form.querySelector("input[name='q']");
  document.querySelectorAll("form.bd-search input[name='q']").forEach((one) => { one.value = new URLSearchParams(location.search).get("q") || ""; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try { history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`); } catch { /* from disk some browsers refuse */ }
    search(field.value);
  });
  field.addEventListener("input", () => load().catch(() => {}), { once: true });
  if (field.value) search(field.value);
})();
