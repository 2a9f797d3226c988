"use strict";
// The explorer of items: filters, the list, one item in detail, and the address that remembers them.
(() => {
  const { unpack, all, field, shared, task, input, address, answer, passes } = explorerItems;
  const { make, plain, cut, direction, block, occurrences, count } = explorerTexts;

  const PAGE = 50; // items in the list at a time
  const GLANCE = 140; // characters of a question in the list
  const PREFIX = "#items?"; // of the address that holds the state

  const byId = (id) => document.getElementById(id);
  let data; // the payload
  let items = []; // all of them
  let shown = []; // those that pass the filters
  let at = -1; // which of the shown ones is in detail
  let loading;

  const spoken = (item) => data.languages[item.group.language];

  async function load() {
    data = await unpack(byId("explorer-data"));
    byId("explorer-data").remove();
    items = all(data);
    fillFilters();
    document.querySelector(".explorer .panes").hidden = false;
  }

  // --- filters ------------------------------------------------------------------------------------------------------

  const form = () => byId("explorer-filters");
  const control = (name) => form().elements.namedItem(name);
  const voices = () => [control("a"), control("b")].map((select) => data.voices.indexOf(select.value));

  const option = (value, label) => make("option", { value }, label);

  function fillFilters() {
    for (const [place, name] of ["a", "b"].entries()) {
      control(name).append(...data.voices.map((voice) => option(voice, voice)));
      control(name).options[data.pair[place]].defaultSelected = true;
      control(name).value = data.voices[data.pair[place]];
    }
    const benchmarks = new Set(data.groups.map((group) => group.benchmark));
    control("benchmark").append(...[...benchmarks].map((name) => option(name, name)));
    const languages = new Set(data.groups.map((group) => group.language));
    control("language").append(...[...languages].map((code) => option(code, data.languages[code].name)));
    fillTasks();
  }

  /** The tasks of the chosen benchmark; without any, the control goes. */
  function fillTasks() {
    const select = control("task");
    const chosen = select.value;
    const benchmark = control("benchmark").value;
    const groups = data.groups.filter((group) => !benchmark || group.benchmark === benchmark);
    const tasks = [...new Set(groups.flatMap((group) => group.tasks))].filter(Boolean).sort();
    select.replaceChildren(option("", "all"), ...tasks.map((name) => option(name, name)));
    select.value = tasks.includes(chosen) ? chosen : "";
    select.parentElement.hidden = !tasks.length;
  }

  /** Applies the filters; stays with the item in detail where it is still among those shown. */
  function filter(stayWith = shown[at]) {
    fillTasks();
    const wanted = Object.fromEntries(new FormData(form()));
    const pair = voices();
    shown = items.filter((item) => passes(item, wanted, pair));
    at = Math.max(shown.indexOf(stayWith), shown.length ? 0 : -1);
    const none = shown.length ? "" : " Clear a filter to see more.";
    say(`${count(shown.length)} of ${count(items.length)} items.${none}`);
    show();
  }

  const say = (text) => (byId("explorer-status").textContent = text);

  // --- state in the address -----------------------------------------------------------------------------------------

  let writing;

  /** The address of what is shown: the filters and the item. */
  function hash() {
    const state = new URLSearchParams();
    for (const [name, value] of new FormData(form())) if (value) state.set(name, value);
    if (at >= 0) state.set("item", address(shown[at]));
    return PREFIX + state;
  }

  /** Browsers refuse addresses that change many times a second. */
  function remember() {
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", hash()), 300);
  }

  /** Takes filters and item from the address; false where it holds none. */
  function recall() {
    if (!location.hash.startsWith(PREFIX)) return false;
    const state = new URLSearchParams(location.hash.slice(PREFIX.length));
    form().reset();
    fillTasks();
    for (const name of ["benchmark", "task", "language", "a", "b", "outcome", "audit", "text"]) {
      if (!state.has(name)) continue;
      const before = control(name).value;
      control(name).value = state.get(name);
      if (control(name).value !== state.get(name)) control(name).value = before;
      if (name === "benchmark") fillTasks();
    }
    control("unended").checked = state.has("unended");
    const wanted = state.get("item");
    const linked = items.find((item) => address(item) === wanted);
    filter(linked);
    if (wanted && (!linked || shown[at] !== linked)) {
      say(`The linked item is not among these. ${byId("explorer-status").textContent}`);
    }
    return true;
  }

  // --- the list -----------------------------------------------------------------------------------------------------

  /** What an item asks, in few words: its question without the label, else the start of its input. */
  function glance(item) {
    const label = `${spoken(item).question}:`;
    const text = (shared(item, "passage") ? field(item, "after") : input(item)).trim() || shared(item, "instruction");
    return plain(cut(text.startsWith(label) ? text.slice(label.length).trim() : text, GLANCE));
  }

  function verdict(letter, given) {
    const [mark, words, tone] = !given || given.fit === "skipped"
      ? ["–", "not asked", "quiet"]
      : given.right
        ? ["✓", "right", "better"]
        : ["✗", "wrong", "worse"];
    const sign = make("span", { "aria-hidden": "true" }, mark);
    return make("span", { class: `verdict ${tone}` }, `${letter} `, sign, make("span", { class: "unseen" }, words));
  }

  const place = (item) => [item.group.benchmark, task(item), spoken(item).name].filter(Boolean).join(", ");

  function row(item, number, pair) {
    const text = glance(item);
    const failing = field(item, "failing") ? [make("span", { class: "worse" }, "audit error")] : [];
    return make(
      "li",
      { role: "option", id: `explorer-row-${number}`, "aria-selected": String(number === at), "data-number": number },
      make("span", { class: "glance", lang: spoken(item).code, dir: direction(text, spoken(item)) }, text),
      make(
        "span",
        { class: "about" },
        ...pair.map((voice, which) => verdict("AB"[which], answer(item, voice))),
        make("span", { class: "place" }, place(item)),
        ...failing,
      ),
    );
  }

  function list() {
    const element = byId("explorer-list");
    const first = Math.floor(Math.max(at, 0) / PAGE) * PAGE;
    const pair = voices();
    const some = shown.slice(first, first + PAGE);
    element.replaceChildren(...some.map((item, offset) => row(item, first + offset, pair)));
    if (at >= 0) element.setAttribute("aria-activedescendant", `explorer-row-${at}`);
    else element.removeAttribute("aria-activedescendant");
    byId("explorer-page").textContent = some.length
      ? `${count(first + 1)} to ${count(first + some.length)} of ${count(shown.length)}`
      : "none";
    const ends = { "-1": first === 0, 1: first + PAGE >= shown.length };
    for (const button of document.querySelectorAll("[data-page]")) {
      button.setAttribute("aria-disabled", String(ends[button.dataset.page]));
    }
    reveal(element, element.querySelector('[aria-selected="true"]'));
  }

  /** Scrolls the list, and not the page. */
  function reveal(element, chosen) {
    if (!chosen) return;
    const below = chosen.offsetTop + chosen.offsetHeight - element.clientHeight;
    if (chosen.offsetTop < element.scrollTop) element.scrollTop = chosen.offsetTop;
    else if (below > element.scrollTop) element.scrollTop = below;
  }

  // --- one item -----------------------------------------------------------------------------------------------------

  const FITS = { cut: "its passage was cut", "gold-lost": "its passage was cut and lost every reference" };

  function response(item, voice, letter) {
    const given = answer(item, voice);
    const title = make("h4", {}, letter && `${letter}: `, make("bdi", {}, data.voices[voice]));
    const about = make("p", { class: "about" });
    const card = make("section", { class: "answer" }, title, about);
    if (!given || given.fit === "skipped") {
      about.append(given ? "not asked: the prompt was too long" : "not asked");
      return card;
    }
    const facts = [
      given.f1 === null ? "" : `F1 ${given.f1}%`,
      `${count(given.tokens)} token${given.tokens === 1 ? "" : "s"}`,
      given.ended ? "ended by itself" : "did not end",
      FITS[given.fit] ?? "",
    ];
    const tone = given.right ? "better" : "worse";
    about.append(make("strong", { class: tone }, given.right ? "✓ right" : "✗ wrong"));
    about.append(...facts.filter(Boolean).map((fact) => make("span", {}, fact)));
    card.append(given.completion.trim() ? block(given.completion, spoken(item)) : empty("no text"));
    return card;
  }

  const empty = (words) => make("p", { class: "quiet" }, words);
  const part = (title, ...content) => [make("h4", {}, title), ...content];

  function references(item) {
    const accepted = field(item, "references");
    if (!accepted.length) return [empty("none that reads")];
    const entries = accepted.map((text) => make("li", {}, block(text, spoken(item))));
    return [make("ul", { class: "references" }, ...entries)];
  }

  function prompt(item) {
    const passage = shared(item, "passage");
    const head = [shared(item, "instruction"), shared(item, "before") + (passage ? "" : field(item, "after"))];
    const asked = head.filter((text) => text.trim()).map((text) => block(text.trim(), spoken(item)));
    if (!passage) return part("Asked", ...asked);
    const ranges = occurrences(passage, field(item, "references"), spoken(item));
    const missing = ranges.length ? [] : [make("p", { class: "worse" }, "No reference occurs in the passage.")];
    const question = block(field(item, "after").trim(), spoken(item));
    return part("Asked", ...asked, block(passage, spoken(item), ranges), ...missing, question);
  }

  function others(item, pair) {
    const rest = Object.keys(item.group.answers).map(Number).filter((voice) => !pair.includes(voice));
    const cards = rest.filter((voice) => answer(item, voice)).map((voice) => response(item, voice, ""));
    if (!cards.length) return [];
    return [make("details", {}, make("summary", {}, `Other models: ${cards.length}`), ...cards)];
  }

  function steps() {
    const button = (by, words) => {
      const ended = by < 0 ? at === 0 : at === shown.length - 1;
      return make("button", { type: "button", "data-step": by, "aria-disabled": String(ended) }, words);
    };
    const link = make("a", { href: hash() }, "Link to this item");
    return make("p", { class: "steps" }, button(-1, "Previous"), button(1, "Next"), link);
  }

  function detail() {
    const article = byId("explorer-item");
    const focused = document.activeElement?.dataset.step;
    const item = shown[at];
    article.replaceChildren();
    if (!item) return;
    const pair = voices();
    const cluster = item.group.clusters[field(item, "cluster")];
    const facts = [place(item), cluster !== field(item, "id") && cluster ? `cluster ${plain(cluster)}` : ""];
    const failing = field(item, "failing") ? [make("p", { class: "worse" }, "The audit found an error in it.")] : [];
    const measure = data.measures[field(item, "words")];
    article.append(
      steps(),
      make("h3", { id: "explorer-title" }, make("bdi", {}, plain(field(item, "id")))),
      make("p", { class: "about" }, ...facts.filter(Boolean).map((fact) => make("span", {}, make("bdi", {}, fact)))),
      ...failing,
      ...prompt(item),
      ...part("Accepted", ...references(item)),
      ...part("Answered", make("p", { class: "quiet" }, `Right means: ${measure}.`)),
      make("div", { class: "answers" }, ...[...new Set(pair)].map((voice, i) => response(item, voice, "AB"[i]))),
      ...others(item, pair),
    );
    if (focused) article.querySelector(`[data-step="${focused}"]`).focus();
  }

  // --- doing --------------------------------------------------------------------------------------------------------

  function show() {
    list();
    detail();
  }

  function go(to) {
    const next = Math.min(Math.max(to, 0), shown.length - 1);
    if (next === at) return;
    at = next;
    show();
    remember();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = {
      j: at + 1,
      ArrowDown: at + 1,
      k: at - 1,
      ArrowUp: at - 1,
      PageDown: at + 10,
      PageUp: at - 10,
      Home: 0,
      End: shown.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  }

  function clicked(event) {
    const chosen = event.target.closest("[data-number]");
    if (!chosen) return;
    go(Number(chosen.dataset.number));
    // Where the item is below the list, it would change out of sight.
    if (matchMedia("(max-width: 60rem)").matches) byId("explorer-item").scrollIntoView({ block: "start" });
  }

  function listen() {
    let typing;
    const change = () => {
      filter();
      remember();
    };
    form().addEventListener("input", (event) => {
      clearTimeout(typing);
      typing = setTimeout(change, event.target.type === "search" ? 200 : 0);
    });
    byId("explorer-clear").addEventListener("click", () => {
      form().reset();
      change();
    });
    form().addEventListener("submit", (event) => event.preventDefault());
    byId("explorer-list").addEventListener("keydown", pressed);
    byId("explorer-list").addEventListener("click", clicked);
    document.querySelector(".explorer .pager").addEventListener("click", (event) => {
      const by = Number(event.target.dataset.page ?? 0);
      const to = (Math.floor(at / PAGE) + by) * PAGE;
      if (by && to >= 0 && to < shown.length) go(to);
    });
    byId("explorer-item").addEventListener("click", (event) => {
      const by = Number(event.target.closest("[data-step]")?.dataset.step ?? 0);
      if (by) go(at + by);
    });
  }

  async function open() {
    const first = !loading;
    loading ??= load();
    try {
      await loading;
    } catch (error) {
      say(`The items could not be read (${error.message}); a browser of 2023 or later can.`);
      return;
    }
    if (first) listen();
    if (!recall() && first) filter();
  }

  /** An address with a state opens the explorer at it. */
  function arrive() {
    if (!location.hash.startsWith(PREFIX) || (data && location.hash === hash())) return;
    const details = byId("explorer");
    if (details.open) open();
    details.open = true;
    byId("items").scrollIntoView();
  }

  function start() {
    byId("explorer").addEventListener("toggle", (event) => event.target.open && open());
    addEventListener("hashchange", arrive);
    arrive();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
