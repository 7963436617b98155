// Runs inside the page: everything that a reader would stumble over. Returns sentences.
export function faultsOfPage(ids) {
  const faults = [];
  const width = document.documentElement.clientWidth;
  const box = (element) => element.getBoundingClientRect();
  const name = (element) => `${element.tagName.toLowerCase()}${element.id ? '#' + element.id : ''} "${element.textContent.trim().slice(0, 40)}"`;

  // Beside the contents, tables need no scrolling either, in what is folded as little as in the rest.
  if (width >= 1280 && !matchMedia('print').matches) {
    const folded = [...document.querySelectorAll('details:not([open])')];
    for (const details of folded) details.open = true;
    for (const area of document.querySelectorAll('.scroll')) {
      if (area.scrollWidth > area.clientWidth + 1) faults.push(`cut off at ${area.clientWidth} of ${area.scrollWidth}: ${name(area)}`);
    }
    for (const details of folded) details.open = false;
  }
  // Nothing is wider than the page; tables scroll in a box of their own.
  if (document.documentElement.scrollWidth > width) {
    faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
  }
  for (const element of document.querySelectorAll('main *, nav *')) {
    if (element.closest('.scroll') && !matchMedia('print').matches) continue;
    const { right, width: own } = box(element);
    if (own > 0 && right > width + 1.5) faults.push(`beyond the right edge by ${Math.round(right - width)}: ${name(element)}`);
  }

  for (const piece of document.querySelectorAll('.share-bar > div')) {
    if (box(piece).height < 10 || box(piece).width < 2) faults.push('a piece of the bar of states is not seen');
  }

  // Every section is there, has a height and a heading.
  for (const id of ids) {
    const section = document.getElementById(id);
    if (!section || box(section).height < 20) faults.push(`section ${id} is not seen`);
    else if (!section.querySelector('h1, h2, h3')) faults.push(`section ${id} has no heading`);
  }
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) faults.push(`heading level ${next} follows ${level}: ${name(heading)}`);
    level = next;
  }
  const known = [...document.querySelectorAll('[id]')].map((element) => element.id);
  if (new Set(known).size !== known.length) faults.push('an id stands twice');
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(link.getAttribute('href').slice(1))) faults.push(`dead link ${link.getAttribute('href')}`);
  }

  // Text of pictures is inside them, legible, and not written over other text.
  for (const svg of document.querySelectorAll('svg.plot')) {
    const outer = box(svg);
    if (outer.width === 0) continue;
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim());
    for (const [index, text] of texts.entries()) {
      const a = box(text);
      if (a.left < outer.left - 3 || a.right > outer.right + 3 || a.top < outer.top - 3 || a.bottom > outer.bottom + 3) {
        faults.push(`text is outside of its picture ${svg.getAttribute('aria-labelledby')}: "${text.textContent}"`);
      }
      for (const other of texts.slice(index + 1)) {
        const b = box(other);
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 3) {
          faults.push(`"${text.textContent}" and "${other.textContent}" overlap in ${svg.getAttribute('aria-labelledby')}`);
        }
      }
    }
  }

  // axe leaves text of pictures out, so its contrast is worked out here.
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).slice(0, 3).map((part) => channel(Number(part) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  const seen = new Set();
  for (const text of document.querySelectorAll('svg text')) {
    const { fill, fontSize } = getComputedStyle(text);
    const scale = text.closest('svg.plot') ? box(text.closest('svg')).width / 400 : 1;
    const size = Number.parseFloat(fontSize) * scale;
    if (size > 0 && size < 8.5) faults.push(`text of a picture is ${size.toFixed(1)} px: "${text.textContent}"`);
    if (seen.has(fill)) continue;
    seen.add(fill);
    const [dark, light] = [luminance(fill), paper].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)} of ${fill} in a picture`);
  }
  return [...new Set(faults)];
}
