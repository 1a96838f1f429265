// Loads one module in a fresh process and prints what that took. JavaScript, so that Node strips no types before it.
const [, , url] = process.argv;
const cpuBefore = process.cpuUsage();
const startedAtMs = performance.now();
await import(url);
const wallMs = performance.now() - startedAtMs;
const { user, system } = process.cpuUsage(cpuBefore);
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1_000 }));
