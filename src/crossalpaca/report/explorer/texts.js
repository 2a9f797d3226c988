"use strict";
// Texts that are not trusted, as elements. They reach the page as text nodes, and as values of lang and dir.

const explorerTexts = (() => {
  const ENOUGH = 4000; // characters of a text before the rest has to be asked for

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** Names the characters that cannot be seen, or that would turn the text around them. */
  const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;
  const plain = (text) =>
    text.replace(UNSEEN, (c) => `[U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

  /** The first characters of a text, never half of one. */
  function cut(text, length) {
    if (text.length <= length) return text;
    const high = /[\ud800-\udbff]/.test(text[length - 1]);
    return text.slice(0, length - high);
  }

  const FROM_RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/gu;

  /** By the letters that most of a text is in: an Arabic passage may begin with a Latin name. Without letters, by the
   * language. */
  function direction(text, spoken) {
    const start = text.slice(0, 1000);
    const letters = start.match(/\p{L}/gu)?.length;
    if (!letters) return spoken.rtl ? "rtl" : "ltr";
    return 2 * (start.match(FROM_RIGHT)?.length ?? 0) > letters ? "rtl" : "auto";
  }

  /** A text of a language by itself, with ranges marked; the rest of a long one is a button away. */
  function block(text, spoken, ranges = []) {
    const element = make("div", { class: "text", lang: spoken.code, dir: direction(text, spoken) });
    const fill = (part) => element.append(...marked(part, ranges));
    fill(cut(text, ENOUGH));
    if (text.length <= ENOUGH) return element;
    const more = make("button", { type: "button" }, `Show all ${count(text.length)} characters`);
    more.addEventListener("click", () => {
      element.replaceChildren();
      fill(text);
      more.remove();
    });
    return make("div", {}, element, more);
  }

  function marked(text, ranges) {
    const parts = [];
    let done = 0;
    for (const [start, end] of ranges.filter((range) => range[1] <= text.length)) {
      parts.push(plain(text.slice(done, start)), make("mark", {}, plain(text.slice(start, end))));
      done = end;
    }
    return [...parts, plain(text.slice(done))];
  }

  /** Where references occur in a passage, as ranges apart and in order: as whole words, where a language parts them. */
  function occurrences(passage, references, spoken) {
    const letter = (place) => /[\p{L}\p{N}]/u.test(passage[place] ?? " ");
    const inWord = (place) => letter(place - 1) && letter(place);
    const found = references.filter(Boolean).flatMap((reference) => {
      const all = [];
      for (let start = passage.indexOf(reference); start >= 0; start = passage.indexOf(reference, start + 1)) {
        all.push([start, start + reference.length]);
      }
      const whole = spoken.spaced ? all.filter((range) => !range.some(inWord)) : all;
      return whole.length ? whole : all;
    });
    found.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
    let done = 0;
    return found.filter(([start, end]) => {
      const apart = start >= done;
      if (apart) done = end;
      return apart;
    });
  }

  const count = (number) => number.toLocaleString("en-US");

  return { make, plain, cut, direction, block, occurrences, count };
})();
