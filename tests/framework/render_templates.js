// Renders templates with the Handlebars of a checkout of the integration framework, strictly, with its helpers.
//
//     node render_templates.js CHECKOUT < {"context": {...}, "templates": ["...", ...]}
//
// Prints what each gives: a text, or null where it fails.
'use strict';

const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const requireThere = createRequire(path.join(fs.realpathSync(process.argv[2]), 'package.json'));
const Handlebars = requireThere('handlebars');
requireThere('./helpers').registerHelpers();
console.log = console.info = console.warn = console.error = () => {}; // the helper `log` writes

function render(template, context) {
  try {
    return String(Handlebars.compile(template, { strict: true })(context));
  } catch {
    return null;
  }
}

const { context, templates } = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(templates.map(template => render(template, context))));
