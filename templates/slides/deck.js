// Moves from slide to slide by the keys; the address ends with the number of the slide. In a narrow window slides are one long page, which scrolls by itself.
(() => {
  "use strict";
  const slides = [...document.querySelectorAll(".slide")];
  const steps = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1};
  const away = one => Math.abs(one.getBoundingClientRect().top);
  const nearest = () => slides.reduce((best, one, at) => away(one) < away(slides[best]) ? at : best, 0);
  const named = () => Math.min(Math.max(parseInt(location.hash.slice(1), 10) || 1, 1), slides.length) - 1;
  const wide = matchMedia("(min-width: 821px)");
  let at = named();

  const name = () => history.replaceState(null, "", "#" + (at + 1));
  const go = to => {
    at = Math.min(Math.max(to, 0), slides.length - 1);
    slides[at].scrollIntoView({behavior: "instant"});
    name();
  };
  const wanted = event => {
    if (event.key === " ") return at + (event.shiftKey ? -1 : 1);
    if (event.key === "Home") return 0;
    if (event.key === "End") return slides.length - 1;
    return event.key in steps ? at + steps[event.key] : null;
  };

  addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || !wide.matches) return;
    const to = wanted(event);
    if (to === null) return;
    event.preventDefault();
    go(to);
  });
  addEventListener("scrollend", () => { at = nearest(); name(); });
  addEventListener("hashchange", () => go(named()));
  addEventListener("resize", () => { if (wide.matches) go(at); });
  if (location.hash) go(at);
})();
