import { App } from 'aws-cdk-lib';
import { configFor } from '../lib/config.ts';
import { policyChecks } from '../lib/stacks/policy-checks.ts';
import { relay } from '../lib/stacks/relay.ts';

// Run by the CDK CLI (cdk.json): `npm run synth -- -c stage=dev`.
const app = new App();
const { RELAY_ALARM_EMAIL: alarmEmail } = process.env;
relay(app, configFor(app.node.tryGetContext('stage'), alarmEmail ? { alarmEmail } : {}));
policyChecks(app);
