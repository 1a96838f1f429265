import { App } from 'aws-cdk-lib';
import { ConfigurationError, configFor } from '../lib/config.ts';
import { policyChecks } from '../lib/stacks/policy-checks.ts';
import { relay } from '../lib/stacks/relay.ts';

// The CDK app, run by the CDK CLI and by the local cloud: `npm run synth -- -c stage=dev [-c alarmEmail=...]`.
try {
  const app = new App();
  relay(
    app,
    configFor((key) => app.node.tryGetContext(key)),
  );
  policyChecks(app);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`relay: ${error.message}`);
  process.exitCode = 1;
}
