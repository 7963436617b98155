// Looks at how the status page keeps itself up to date, and prints what is wrong as JSON.
// usage: node refresh.mjs TOOLS CHROMIUM ADDRESS IDS
//   ADDRESS  a page whose job has another name at each request
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [tools, chromium, address, ids] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), 'package.json'));
const { chromium: browser } = require('playwright-core');

const EVERY = 5000;
const faults = [];
const expect = (truth, what) => truth || faults.push(what);

const started = await browser.launch({
  executablePath: chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function withScript() {
  const context = await started.newContext();
  await context.clock.install();
  const tab = await context.newPage();
  const lines = [];
  tab.on('console', (line) => lines.push(line.text()));
  await tab.goto(address);
  await tab.evaluate(() => { globalThis.sameDocument = true; });
  const top = () => tab.locator('#now').innerText();
  const turn = async () => {
    const answered = tab.waitForEvent('requestfinished', { timeout: 10_000 });
    await context.clock.runFor(EVERY);
    await answered;
  };

  const first = await top();
  await turn();
  await tab.waitForFunction((old) => document.getElementById('now').innerText !== old, first, { polling: 50, timeout: 10_000 });
  expect(await tab.evaluate(() => globalThis.sameDocument === true), 'the page was loaded anew instead of refreshed');
  expect((await tab.locator('main').count()) === 1, 'main stands more than once');

  await tab.evaluate(() => getSelection().selectAllChildren(document.querySelector('h1')));
  const selected = await top();
  await context.clock.runFor(EVERY * 3);
  expect((await top()) === selected, 'a selection was taken away by a refresh');
  await tab.evaluate(() => getSelection().removeAllRanges());
  expect(lines.length === 0, `console: ${lines.join(' ')}`);

  const stale = tab.locator('#stale');
  expect(!(await stale.isVisible()), 'the page calls itself old while it is not');
  await context.setOffline(true);
  await context.clock.runFor(EVERY);
  await stale.waitFor({ state: 'visible', timeout: 10_000 });
  expect((await stale.innerText()).startsWith('No answer since '), await stale.innerText());
  expect((await tab.title()).startsWith('✖ no answer'), `the tab says ${await tab.title()}`);
  expect((await top()).length > 0, 'what was known is gone');
  await context.setOffline(false);
  await turn();
  await stale.waitFor({ state: 'hidden', timeout: 10_000 });
  expect(!(await tab.title()).includes('no answer'), 'the tab still says that there is no answer');
  await context.close();
}

async function withoutScript() {
  const context = await started.newContext({ javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(address);
  for (const id of ids.split(',')) expect(await tab.locator(`#${id}`).isVisible(), `${id} is not seen without scripts`);
  const again = await tab.locator('head meta[http-equiv="refresh"]').getAttribute('content');
  expect(Number(again) > 0, 'without scripts the page is not reloaded');
  await context.close();
}

try {
  await withScript();
  await withoutScript();
  console.log(JSON.stringify({ faults }));
} finally {
  await started.close();
}
