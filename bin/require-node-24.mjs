// Preloaded by every npm script, in syntax that old Nodes can parse: the rest of the project is TypeScript that only
// Node 24 runs as it stands. On Linux and Windows `npm ci` brings Node 24 by itself (package.json, optionalDependencies).
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `relay needs Node 24 and found ${process.version}: run "npm ci" (Linux, Windows), or install Node 24 from https://nodejs.org (macOS), then use the npm scripts.`,
  );
  process.exit(1);
}
