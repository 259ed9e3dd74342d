// Checks manifests by the schema of a checkout of the integration framework, as its tests do.
//
//     node check_schema.js CHECKOUT < [manifest, ...]
//
// Prints whether each keeps to it.
'use strict';

const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const requireThere = createRequire(path.join(fs.realpathSync(process.argv[2]), 'package.json'));
const Ajv = requireThere('ajv');
const validate = new Ajv().compile(requireThere('./manifest.schema.json'));

const manifests = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(manifests.map(manifest => validate(manifest))));
