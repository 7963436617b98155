// Looks at the order of the page's sections, on a phone and on a desk, and prints what is wrong as JSON.
// usage: node phone.mjs TOOLS CHROMIUM WELL ILL
//   WELL  a page on which nothing is wrong
//   ILL   a page on which something is
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [tools, chromium, well, ill] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), 'package.json'));
const { chromium: browser } = require('playwright-core');

const USUAL = 'now shards lag dead-letters streams';
const faults = [];

const started = await browser.launch({
  executablePath: chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// Ids of the sections from the top down.
async function order(address, width) {
  const tab = await started.newPage({ viewport: { width, height: 800 } });
  await tab.goto(address);
  const tops = await tab.evaluate((ids) => ids.map((id) => [document.getElementById(id).getBoundingClientRect().top, id]), USUAL.split(' '));
  await tab.close();
  return tops.sort(([one], [other]) => one - other).map(([, id]) => id).join(' ');
}

for (const [address, width, expected] of [
  [well, 375, 'now streams shards lag dead-letters'],
  [well, 1280, USUAL],
  [ill, 375, USUAL],
  [ill, 1280, USUAL],
]) {
  const found = await order(address, width);
  if (found !== expected) faults.push(`${address} at ${width} px: ${found} instead of ${expected}`);
}
await started.close();
console.log(JSON.stringify({ faults }));
