// The language and direction of the page; text boxes follow what is written in them.
document.documentElement.lang = SPOKEN.lang;
document.documentElement.dir = SPOKEN.dir;
const follow = () => {
  for (const box of document.querySelectorAll("textarea:not([dir='auto'])")) box.dir = "auto";
  // Gradio writes left to right on each of its blocks.
  if (SPOKEN.dir === "rtl") for (const block of document.querySelectorAll("body [dir='ltr']")) block.dir = "rtl";
};
new MutationObserver(follow).observe(document.documentElement, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ["dir"],
});
