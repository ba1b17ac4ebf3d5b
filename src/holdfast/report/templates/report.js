"use strict";
(() => {
  const PAGE = 10;
  const section = document.getElementById("transcripts");
  const cards = [...section.querySelectorAll(".transcript")];
  const form = section.querySelector(".filters");
  const more = section.querySelector(".more-transcripts");
  let shown = PAGE;

  const matches = (card, wanted) =>
    ["model", "pathway", "benchmark", "outcome"].every((key) => !wanted[key].value || card.dataset[key] === wanted[key].value)
    && (!wanted.disagree.checked || card.dataset.disagree === "yes");

  const update = () => {
    const chosen = cards.filter((card) => matches(card, form.elements));
    const visible = new Set(chosen.slice(0, shown));
    for (const card of cards) card.hidden = !visible.has(card);
    form.querySelector("output").textContent = `${visible.size} of ${chosen.length} shown`;
    more.hidden = visible.size === chosen.length;
  };

  const toggle = (button) => {
    const text = button.closest(".transcript").querySelector(".text");
    const open = button.getAttribute("aria-expanded") === "true";
    if (open) text.querySelector("dl").remove();
    else text.append(text.querySelector("template").content.cloneNode(true));
    text.querySelector(".redacted").hidden = !open;
    button.setAttribute("aria-expanded", String(!open));
    button.textContent = open ? "Reveal" : "Hide";
  };

  if (form) {
    for (const element of section.querySelectorAll(".scripted")) element.hidden = false;
    section.querySelector(".unscripted").hidden = true;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => { shown = PAGE; update(); });
    more.addEventListener("click", () => { shown += PAGE; update(); });
    section.addEventListener("click", (event) => {
      const button = event.target.closest(".reveal");
      if (button) toggle(button);
    });
    update();
  }

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) {
      if (id === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-80px 0px -55% 0px" });
  for (const id of links.keys()) watcher.observe(document.getElementById(id));
})();
