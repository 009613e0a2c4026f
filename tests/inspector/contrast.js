// Every text that is shown with less contrast than WCAG's 4.5, or 3 for large text.
function channels(color) {
  const [red, green, blue, alpha] = color.match(/[\d.]+/g).map(Number);
  return [red, green, blue, alpha ?? 1];
}
function luminance(color) {
  const [red, green, blue] = color.slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function ground(element) {
  for (let at = element; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color[3] === 1) return color;
  }
  return [255, 255, 255];
}
const weak = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const sides = [luminance(channels(style.color)), luminance(ground(element))].sort((a, b) => b - a);
  const ratio = (sides[0] + 0.05) / (sides[1] + 0.05);
  if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
    weak.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
}
return [...new Set(weak)];
