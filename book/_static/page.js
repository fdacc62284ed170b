/* What a page does beyond the theme: its print button, names that tell a state, and focus that returns to where it was. */
(() => {
  "use strict";
  const BESIDE = { primary: "(min-width: 960px)", secondary: "(min-width: 1200px)" }; /* as in the theme's sheet */
  const MODES = { light: "light", dark: "dark", auto: "as the system" };
  let lastUsed = null;

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-action='print']")) window.print();
  });
  /* The theme takes the focus off a button as it is pressed: what was used is noted before. */
  document.addEventListener("click", (event) => { lastUsed = event.target.closest("button, a"); }, true);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") lastUsed = document.activeElement;
  }, true);

  /* A closed dialog gives the focus back to what opened it. */
  const returnFocus = (dialog) => {
    let opener = null;
    new MutationObserver(() => { if (dialog.open) opener = lastUsed; }).observe(dialog, { attributeFilter: ["open"] });
    dialog.addEventListener("close", () => setTimeout(() => opener?.focus({ preventScroll: true })));
  };

  /* A button says whether its list is shown: in its dialog, or on a wide screen beside the text. */
  const tellExpanded = (wide, button, sidebar, dialog) => {
    const tell = () => {
      const beside = wide.matches && sidebar.childElementCount > 0 && !sidebar.classList.contains("pst-sidebar-hidden");
      button.setAttribute("aria-expanded", String(dialog.open || beside));
      button.setAttribute("aria-controls", (dialog.open || !beside ? dialog : sidebar).id);
    };
    const seen = new MutationObserver(tell);
    seen.observe(dialog, { attributeFilter: ["open"] });
    seen.observe(sidebar, { attributeFilter: ["class"], childList: true });
    wide.addEventListener("change", tell);
    tell();
  };

  const tellMode = () => {
    const words = `Colour mode: ${MODES[document.documentElement.dataset.mode] || MODES.auto}`;
    for (const button of document.querySelectorAll(".theme-switch-button")) button.setAttribute("aria-label", words);
  };

  const start = () => {
    document.querySelectorAll("dialog").forEach(returnFocus);
    for (const [side, wide] of Object.entries(BESIDE)) {
      const parts = [`.${side}-toggle`, `#pst-${side}-sidebar`, `#pst-${side}-sidebar-modal`];
      const found = parts.map((one) => document.querySelector(one));
      if (found.every(Boolean)) tellExpanded(matchMedia(wide), ...found);
    }
    tellMode();
    new MutationObserver(tellMode).observe(document.documentElement, { attributeFilter: ["data-mode"] });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
