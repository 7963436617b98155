// Looks at a page in a real browser, as a reader would, and prints what is wrong with it as JSON.
// usage: node check.mjs TOOLS CHROMIUM NAME PAGE IDS [PICTURES]
//   TOOLS     folder with node_modules of package.json
//   NAME      what pictures are called
//   PAGE      a file, or an address with http:
//   IDS       ids that must be there and be seen, with commas between
//   PICTURES  folder for screenshots and the PDF, to look at yourself
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { faultsOfPage } from './page.mjs';

const [tools, chromium, name, page, ids, pictures] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), 'package.json'));
const { chromium: browser } = require('playwright-core');
const axe = require('axe-core').source;

const address = page.startsWith('http:') ? page : pathToFileURL(resolve(page)).href;
const WIDTHS = [1280, 768, 375, 360];
const THEMES = ['light', 'dark'];
// A4 less its margins, in CSS pixels.
const PAPER = 680;

const faults = [];
const say = (where, what) => faults.push(`${where}: ${what}`);

async function look(context, width, theme, media) {
  const where = `${width}px ${theme}${media === 'print' ? ' on paper' : ''}`;
  const tab = await context.newPage();
  await tab.setViewportSize({ width, height: 900 });
  await tab.emulateMedia({ colorScheme: theme, media });
  tab.on('request', (request) => {
    if (request.url() !== address) say(where, `asks the network for ${request.url()}`);
  });
  tab.on('console', (line) => say(where, `console: ${line.text()}`));
  await tab.goto(address);
  for (const fault of await tab.evaluate(faultsOfPage, ids.split(','))) say(where, fault);
  if (media === 'screen' && width !== 768) {
    await tab.evaluate(axe);
    const found = await tab.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, impact, nodes } of found.violations) {
      const first = `${nodes[0].target.join(' ')}: ${nodes[0].failureSummary.replace(/\s+/g, ' ')}`;
      if (impact === 'serious' || impact === 'critical') say(where, `axe ${id} (${impact}), ${nodes.length} times, first ${first}`);
    }
    if (found.passes.length < 15) say(where, `axe ran only ${found.passes.length} rules to a pass`);
  }
  if (pictures) {
    const path = join(pictures, `${name}-${width}-${theme}-${media}.png`);
    await tab.screenshot({ path, fullPage: true });
  }
  await tab.close();
}

async function print(context) {
  const tab = await context.newPage();
  await tab.emulateMedia({ colorScheme: 'dark' });
  await tab.goto(address);
  const path = pictures ? join(pictures, `${name}.pdf`) : undefined;
  const pdf = await tab.pdf({ path, preferCSSPageSize: true, printBackground: true });
  await tab.close();
  return (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) ?? []).length;
}

const profile = mkdtempSync(join(tmpdir(), 'bystander-browser-'));
const context = await browser.launchPersistentContext(profile, {
  executablePath: chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  for (const theme of THEMES) for (const width of WIDTHS) await look(context, width, theme, 'screen');
  await look(context, PAPER, 'dark', 'print');
  const pages = await print(context);
  console.log(JSON.stringify({ faults, pages }));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
