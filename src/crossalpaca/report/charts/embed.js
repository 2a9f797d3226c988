// Draws the charts of the page when they come near the screen, in the colours of the reader's choice, as many panels in
// a row as there is room for. Expressions are interpreted, not compiled, so the page allows no eval.
(() => {
  "use strict";
  const LOOKS = /* looks */ {};
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map(); // drawing -> { spec, room, view, turn }

  function fitted(spec, room) {
    const { once, each, gap, narrowest, panels, columns } = spec.usermeta.layout;
    const possible = Math.max(1, Math.floor((room - once + gap) / (narrowest + each + gap)));
    const rows = Math.ceil(panels / Math.min(possible, columns));
    const chosen = Math.ceil(panels / rows);
    const width = Math.max(120, Math.floor((room - once - (chosen - 1) * gap) / chosen - each));
    return { ...spec, columns: chosen, spec: { ...spec.spec, width } };
  }

  function look({ once, each, entry }, room) {
    const config = LOOKS[dark.matches ? "dark" : "light"];
    const columns = Math.max(1, Math.floor((room - once - each) / entry));
    return { ...config, legend: { ...config.legend, columns } };
  }

  // The choices that the reader made so far, kept when a chart is drawn anew.
  function chosen(spec, view) {
    const params = (spec.params || []).map((param) => ({ ...param, value: view ? view.signal(param.name) : param.value }));
    return params.length ? { ...spec, params } : spec;
  }

  async function draw(drawing) {
    const state = drawn.get(drawing);
    const turn = (state.turn += 1);
    state.room = drawing.clientWidth;
    const room = state.room - 24; // labels at the ends of axes stand out a little
    const controls = drawing.parentElement.querySelector(".controls");
    const options = {
      mode: "vega-lite", ast: true, actions: false, renderer: "svg", defaultStyle: false,
      logLevel: 1, tooltip: { disableDefaultStyle: true }, config: look(state.spec.usermeta.layout, room),
    };
    state.spec = chosen(state.spec, state.view);
    const bind = document.createElement("div");
    const canvas = document.createElement("div");
    const inside = document.createElement("div");
    // One image with a name: the values are in the tables, and hundreds of unnamed symbols help nobody.
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", state.spec.description);
    inside.setAttribute("aria-hidden", "true");
    canvas.append(inside);
    try {
      const { view } = await vegaEmbed(inside, fitted(state.spec, room), { ...options, bind });
      if (turn !== state.turn) return view.finalize();
      if (state.view) state.view.finalize();
      state.view = view;
      controls.replaceChildren(...bind.childNodes);
      drawing.replaceChildren(canvas);
      // What is wider than the screen can be scrolled by keyboard too.
      if (drawing.scrollWidth > drawing.clientWidth) drawing.tabIndex = 0;
      else drawing.removeAttribute("tabindex");
    } catch (error) {
      drawing.textContent = "This chart could not be drawn (" + error.message + "); its values are in the tables.";
    }
  }

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const data = target.parentElement.querySelector('script[type="application/json"]');
      drawn.set(target, { spec: JSON.parse(data.textContent), room: 0, view: null, turn: 0 });
      draw(target);
      resized.observe(target);
    }
  }, { rootMargin: "600px" });

  let waiting = 0;
  const resized = new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      for (const [drawing, { room }] of drawn) {
        // A closed section has no width; what was drawn in it stays.
        if (drawing.clientWidth && drawing.clientWidth !== room) draw(drawing);
      }
    }, 150);
  });

  dark.addEventListener("change", () => drawn.forEach((state, drawing) => draw(drawing)));
  document.querySelectorAll("figure.chart .drawing").forEach((drawing) => near.observe(drawing));
})();
