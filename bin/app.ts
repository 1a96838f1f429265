import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleFunctions } from '../lib/bundle-functions.ts';
import { ConfigurationError } from '../lib/config.ts';
import { configFor } from '../lib/configure.ts';
import { policyChecks } from '../lib/stacks/policy-checks.ts';
import { relay } from '../lib/stacks/relay.ts';

// The CDK app, run by the CDK CLI and by the local cloud: `npm run synth -- -c stage=dev [-c alarmEmail=...]`.
// It bundles the functions itself, so that no deploy ships what was bundled some other day.
try {
  const app = new App();
  const config = configFor((key) => app.node.tryGetContext(key), Object.keys(app.node.getAllContext()));
  const bundlesDir = join(app.outdir, 'bundles');
  await bundleFunctions(process.cwd(), bundlesDir);
  relay(app, config, { bundlesDir, nowMs: Date.now() });
  policyChecks(app);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`relay: ${error.message}`);
  process.exitCode = 1;
}
