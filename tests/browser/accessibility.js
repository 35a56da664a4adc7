// Run in the page by accessibility.py; gives every flaw as a sentence.
() => {
  const found = [];
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids))
    if (ids.filter((each) => each === id).length > 1) found.push(`two elements #${id}`);
  for (const name of ["aria-describedby", "aria-labelledby", "aria-controls", "for"])
    for (const element of document.querySelectorAll(`[${name}]`))
      for (const id of element.getAttribute(name).split(" "))
        if (!document.getElementById(id)) found.push(`${name}=${id} leads nowhere`);
  if (!document.documentElement.lang) found.push("no language");
  if (document.querySelectorAll("h1").length > 1) found.push("two h1");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
  const parse = (text) => {
    const rgb = /^rgba?\(([^)]+)\)$/.exec(text);
    if (rgb) { const [r, g, b, a = 1] = rgb[1].split(/[, /]+/).map(Number); return [r, g, b, a]; }
    const srgb = /^color\(srgb ([^)]+)\)$/.exec(text);
    if (srgb) { const [r, g, b, a = 1] = srgb[1].split(/[ /]+/).map(Number); return [r * 255, g * 255, b * 255, a]; }
    throw new Error(`a colour of another form: ${text}`);
  };
  const over = (top, below) => top.slice(0, 3).map((part, i) => part * top[3] + below[i] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const modal = [...document.querySelectorAll("dialog[open]")].at(-1);
  const walker = document.createTreeWalker(modal ?? document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !shown(element) || element.closest(".unseen, .skip, title, noscript")) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const above = over(parse(style.color), below);
    const [a, b] = [light(above), light(below)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < needed) found.push(`contrast ${ratio.toFixed(2)} of “${node.data.trim().slice(0, 40)}”`);
  }
  return found;
}
