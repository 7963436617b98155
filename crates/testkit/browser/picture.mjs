// Takes a picture of the first screen of a page, for the README.
// usage: node picture.mjs TOOLS CHROMIUM PAGE OUT [WIDTH HEIGHT light|dark screen|print]
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [tools, chromium, page, out, width = '1000', height = '800', theme = 'light', media = 'screen'] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), 'package.json'));
const { chromium: browser } = require('playwright-core');

const window = await browser.launch({ executablePath: chromium, headless: true, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const tab = await window.newPage({ viewport: { width: Number(width), height: Number(height) }, colorScheme: theme });
  await tab.emulateMedia({ colorScheme: theme, media });
  await tab.goto(page.startsWith('http:') ? page : pathToFileURL(resolve(page)).href);
  await tab.screenshot({ path: out });
} finally {
  await window.close();
}
