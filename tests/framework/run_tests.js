// Runs the tests of a checkout of the integration framework on many folders of integrations, in one process.
//
//     node run_tests.js CHECKOUT < {"rounds": ["/path/of/a/round", ...]}
//
// A round is a folder that holds `integrations/<key>/manifest.json` and the files beside it. The checkout's
// own test files are loaded once for each round, with stand-ins for what Jest provides, but for `expect`,
// which is Jest's, as the checkout has it. Prints, for each round, the tests that failed:
//
//     [{"titles": ["Icons exist for %s", ...], "failures": [["Icons exist for %s", "acme"], ...]}, ...]
//
// A test that is about no one integration has null for a key.
'use strict';

const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const checkout = fs.realpathSync(process.argv[2]);
const requireThere = createRequire(path.join(checkout, 'package.json'));
const testFolder = path.join(checkout, '__tests__');
const manifestsModule = require.resolve(path.join(testFolder, '__utils__', 'index.js'));

// Their titles do not say by key which integration they are about.
const NAMES_MANIFESTS = 'validateSyncedSegmentCapability.js';
const IS_ABOUT = { 'validateAkamaiEdgeGridAuth.js': 'akamai-edgeworkers' };

function readManifests() {
  return fs
    .readdirSync('integrations')
    .map(key => [key, JSON.parse(fs.readFileSync(`integrations/${key}/manifest.json`, 'utf8'))]);
}

// What a test file declares while it is loaded: a title, the key of an integration, and what to run.
let declared = [];

function test(title, run) {
  declared.push({ title, key: null, run });
}
test.each = rows => (title, run) =>
  rows.forEach(row => declared.push({ title, key: row[0], run: () => run(...row) }));

function load(file, manifests) {
  const name = path.basename(file);
  if (name in IS_ABOUT && !manifests.some(([key]) => key === IS_ABOUT[name])) {
    return [];
  }
  const given =
    name === NAMES_MANIFESTS
      ? manifests.map(([key, manifest]) => [key, { ...manifest, name: key }])
      : manifests;
  require.cache[manifestsModule].exports = { getManifests: () => given.slice() };
  delete require.cache[file];
  declared = [];
  require(file);
  return declared.map(one => attribute(name, one));
}

function attribute(file, one) {
  if (file in IS_ABOUT) {
    return { ...one, key: IS_ABOUT[file] };
  }
  if (file === NAMES_MANIFESTS) {
    const [key, ...title] = one.title.split(' ');
    return { ...one, key, title: title.join(' ') };
  }
  return one;
}

async function passes(one) {
  try {
    await one.run();
    return true;
  } catch {
    return false;
  }
}

async function runRound(round, files) {
  process.chdir(round);
  const manifests = readManifests();
  const titles = new Set();
  const failures = [];
  for (const file of files) {
    for (const one of load(file, manifests)) {
      titles.add(one.title);
      if (!(await passes(one))) {
        failures.push([one.title, one.key]);
      }
    }
  }
  return { titles: [...titles], failures };
}

function standInForJest() {
  const { expect } = requireThere('expect');
  global.describe = (_title, declare) => declare();
  global.test = global.it = test;
  // A second argument is the message of a failure, which nobody reads here; the package that the checkout
  // has for it takes a hundred times as long as the tests themselves.
  global.expect = Object.assign(actual => expect(actual), expect);
  requireThere('./jest.config.js').setupFiles.forEach(requireThere);
  require.cache[manifestsModule] = { id: manifestsModule, filename: manifestsModule, loaded: true };
}

// Every round compiles the same schema; that takes seconds, so it is done once.
function compileSchemasOnce() {
  const { prototype } = requireThere('ajv');
  const compile = prototype.compile;
  const compiled = new Map();
  prototype.compile = function (schema) {
    if (!compiled.has(schema)) {
      compiled.set(schema, compile.call(this, schema));
    }
    return compiled.get(schema);
  };
}

async function main() {
  standInForJest();
  compileSchemasOnce();
  const files = fs
    .readdirSync(testFolder)
    .filter(name => name.endsWith('.js'))
    .map(name => path.join(testFolder, name));
  const { rounds } = JSON.parse(fs.readFileSync(0, 'utf8'));
  console.log = console.warn = console.error = () => {}; // Handlebars tells of names it does not give
  const results = [];
  for (const round of rounds) {
    results.push(await runRound(round, files));
  }
  process.stdout.write(JSON.stringify(results));
}

main();
