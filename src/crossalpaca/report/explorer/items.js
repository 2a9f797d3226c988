"use strict";
// The items and answers that are packed into the page, and what they are filtered by.
const explorerItems = (() => {
  /** The payload that an element holds: JSON by gzip, in base64. */
  async function unpack(element) {
    const packed = atob(element.textContent);
    const bytes = new Uint8Array(packed.length);
    for (let place = 0; place < packed.length; place += 1) bytes[place] = packed.charCodeAt(place);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  }

  const all = (data) => data.groups.flatMap((group) => group.items.id.map((_, row) => ({ group, row })));

  const field = (item, name) => item.group.items[name][item.row];
  const shared = (item, name) => item.group.texts[field(item, name)];
  const task = (item) => item.group.tasks[field(item, "task")];
  const input = (item) => shared(item, "before") + shared(item, "passage") + field(item, "after");
  const address = (item) => [item.group.benchmark, item.group.language, task(item), field(item, "id")].join("/");

  /** What a voice answered to an item; undefined where it was not asked in this language. */
  function answer(item, voice) {
    const columns = item.group.answers[voice];
    if (!columns || columns.fit[item.row] === null) return undefined;
    return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[item.row]]));
  }

  /** Case aside in every script: ß with SS, and both small sigmas. */
  const fold = (text) => text.normalize("NFC").toUpperCase().toLowerCase().replaceAll("ς", "σ");

  /** Everything that a search looks through, made when it is first needed. */
  function haystack(item) {
    item.haystack ??= fold(
      [
        shared(item, "instruction"),
        input(item),
        ...field(item, "references"),
        ...Object.values(item.group.answers).map((columns) => columns.completion[item.row] ?? ""),
      ].join("\n"),
    );
    return item.haystack;
  }

  const OUTCOMES = {
    won: (a, b) => a.right > b.right,
    lost: (a, b) => a.right < b.right,
    right: (a, b) => a.right && b.right,
    wrong: (a, b) => !a.right && !b.right,
    differ: (a, b) => a.completion.trim() !== b.completion.trim(),
  };

  /** Whether an item is wanted: of those that at least one of the pair was to be asked. */
  function passes(item, wanted, pair) {
    const { group } = item;
    if (wanted.benchmark && group.benchmark !== wanted.benchmark) return false;
    if (wanted.language && group.language !== wanted.language) return false;
    if (wanted.task && task(item) !== wanted.task) return false;
    if (wanted.audit && (wanted.audit === "failing") !== Boolean(field(item, "failing"))) return false;
    const answers = pair.map((voice) => answer(item, voice)).filter(Boolean);
    if (!answers.length) return false;
    const given = answers.filter((each) => each.fit !== "skipped");
    if (wanted.outcome && (given.length < 2 || !OUTCOMES[wanted.outcome](...given))) return false;
    if (wanted.unended && given.every((each) => each.ended)) return false;
    return !wanted.text || haystack(item).includes(fold(wanted.text));
  }

  return { unpack, all, field, shared, task, input, address, answer, passes };
})();
