// What a user of launchdarkly-api-typescript does with segments, against a server.
//
//     node change_segments.js FOLDER_OF_NODE_MODULES URL TOKEN
//
// Prints what it was answered, step by step, as one JSON object.
'use strict';

const path = require('path');
const { createRequire } = require('module');

const [folder, basePath, apiKey] = process.argv.slice(2);
const { Configuration, SegmentsApi } = createRequire(path.join(folder, 'package.json'))('launchdarkly-api-typescript');

const PLACE = ['default', 'test'];
const SEMANTIC = { headers: { 'Content-Type': 'application/json; domain-model=launchdarkly.semanticpatch' } };

async function refusal(request) {
  try {
    await request;
  } catch (error) {
    return { status: error.response.status, code: error.response.data.code };
  }
  throw new Error('it was not refused');
}

async function changeSegments(segments) {
  const seen = {};
  const made = await segments.postSegment(...PLACE, { key: 'npm', name: 'From npm', tags: ['js'] });
  seen.made = { status: made.status, key: made.data.key, tags: made.data.tags, version: made.data.version };
  seen.madeAgain = await refusal(segments.postSegment(...PLACE, { key: 'npm', name: 'Again' }));

  const listed = await segments.getSegments(...PLACE, 5, 0, 'name', 'tags anyOf ["js"]');
  seen.listed = { keys: listed.data.items.map(one => one.key), total: listed.data.totalCount };

  const patched = await segments.patchSegment(...PLACE, 'npm', {
    comment: 'by JSON Patch',
    patch: [
      { op: 'replace', path: '/name', value: 'Renamed' },
      { op: 'add', path: '/included/0', value: 'ann' },
    ],
  });
  seen.patched = { name: patched.data.name, included: patched.data.included };

  const instructions = [{ kind: 'addIncludedTargets', contextKind: 'org', values: ['acme'] }];
  const followed = await segments.patchSegment(...PLACE, 'npm', { instructions }, SEMANTIC);
  seen.followed = followed.data.includedContexts.map(one => [one.contextKind, one.values]);

  const context = await segments.getContextInstanceSegmentsMembershipByEnv(...PLACE, { kind: 'user', key: 'ann' });
  seen.isMember = context.data.items.find(one => one.key === 'npm').isMember;

  await segments.postSegment(...PLACE, { key: 'npm-big', name: 'Big', unbounded: true });
  const changes = { included: { add: ['a/b', 'c'] }, excluded: { add: ['d'] } };
  await segments.updateBigSegmentContextTargets(...PLACE, 'npm-big', changes);
  const { data } = await segments.getSegmentMembershipForContext(...PLACE, 'npm-big', 'a/b');
  const big = await segments.getSegment(...PLACE, 'npm-big');
  seen.big = { included: data.included, count: big.data._unboundedMetadata.includedCount };

  seen.deleted = (await segments.deleteSegment(...PLACE, 'npm')).status;
  seen.gone = await refusal(segments.getSegment(...PLACE, 'npm'));
  const left = await segments.getSegments(...PLACE);
  seen.left = left.data.items.map(one => one.key);
  return seen;
}

async function main() {
  const seen = await changeSegments(new SegmentsApi(new Configuration({ basePath, apiKey })));
  const nobody = new SegmentsApi(new Configuration({ basePath, apiKey: 'api-nobody' }));
  seen.nobody = await refusal(nobody.getSegments(...PLACE));
  process.stdout.write(JSON.stringify(seen));
}

main().catch(error => {
  console.error(error.response ? [error.response.status, error.response.data] : error);
  process.exitCode = 1;
});
